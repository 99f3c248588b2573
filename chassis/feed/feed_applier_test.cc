// What a follower does with batches, event by event; rebuilds and second attempts are in
// feed_rebuild_test.cc, random histories in follower_simulation_test.cc.
#include "chassis/feed/feed_applier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/feed/applier_fixture.h"
#include "chassis/testing/feed_events.h"

namespace regulars::follow {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(EventTest, TypesAreNamedAfterTheirPayloads) {
  EXPECT_EQ(EventTypeOf(*BoxSet::descriptor()), "regulars.testing.box.v1");
  EXPECT_EQ(EventTypeOf(*BoxGone::descriptor()), "regulars.testing.get_box_request.v1");
  const Event event = PackEvent("boxes/1", "stores/a", BoxSet());
  EXPECT_EQ(event.type, "regulars.testing.box.v1");
  EXPECT_EQ(event.subject, "boxes/1");
  EXPECT_EQ(event.realm, "stores/a");
}

TEST_F(ApplierTest, EventsHaveTheirEffectOnceAndInOrder) {
  Set("a", "1");
  Set("b", "1");
  Set("a", "2");
  const auto batch = Next();
  ASSERT_OK(applier_->Apply(applier_->Decode(batch)));
  EXPECT_THAT(MirrorNow(), UnorderedElementsAre(Pair("a", "2"), Pair("b", "1")));
  EXPECT_EQ(applier_->stats()->followed, 3);
  // The same again, and again after a restart.
  Remove("a");
  ASSERT_OK(applier_->Apply(applier_->Decode(batch)));
  Restart();
  ASSERT_OK(applier_->Apply(applier_->Decode(batch)));
  EXPECT_EQ(applier_->cursor().position, 3);
  ASSERT_OK(FollowOnce());
  EXPECT_THAT(MirrorNow(), ElementsAre(Pair("b", "1")));
  EXPECT_OK(mirror_.Read([](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto most, db.Sql("SELECT MAX(times) FROM done").First<int64_t>());
    EXPECT_EQ(most, 1);
    return absl::OkStatus();
  }));
}

TEST_F(ApplierTest, WhatItPublishesInheritsWhereTheEventCameFrom) {
  FeedHandlers handlers;
  std::vector<std::pair<std::string, std::string>> callers;
  handlers.On<BoxSet>([&](Transaction& tx, const FollowedEvent& event, const BoxSet&) {
    callers.emplace_back(tx.caller().principal, event.realm);
    tx.Publish({.type = "regulars.test.echo.v1", .subject = event.subject});
    return absl::OkStatus();
  });
  FeedApplier applier(*mirror_, {.service = "test", .upstream = "echo"}, handlers);
  ASSERT_OK(applier.Open());
  Publish(PackEvent("boxes/1", "stores/a", BoxSet()), {.correlation_id = "cause", .hops = 4});
  Publish(PackEvent("boxes/2", "", BoxSet()), {.correlation_id = "other"});
  ASSERT_OK_AND_ASSIGN(const auto batch, NextBatch(*upstream_, applier.Request()));
  ASSERT_OK(applier.Apply(applier.Decode(batch)));
  EXPECT_THAT(callers, ElementsAre(Pair("services/test", "stores/a"), Pair("services/test", "")));
  std::vector<std::string> events;
  EXPECT_OK(mirror_.Read([&](Snapshot& db) {
    return db.Sql("SELECT subject, correlation_id, hops FROM feed ORDER BY position")
        .Each<std::string, std::string, int64_t>(
            [&](const std::string& subject, const std::string& cause, int64_t hops) {
              events.push_back(absl::StrCat(subject, " ", cause, " ", hops));
            });
  }));
  EXPECT_THAT(events, ElementsAre("boxes/1 cause 5", "boxes/2 other 1"));
}

TEST_F(ApplierTest, UnknownTypesAreSkippedAndCounted) {
  Set("a", "1");
  Publish(PackEvent("boxes/x", "", Noise()));
  Publish({.type = "regulars.testing.never_heard_of.v9", .subject = "boxes/y"});
  Set("a", "2");
  auto request = applier_->Request();
  EXPECT_THAT(request.types(),
              ElementsAre("regulars.testing.box.v1", "regulars.testing.get_box_request.v1"));
  request.clear_types();
  ASSERT_OK_AND_ASSIGN(const auto batch, NextBatch(*upstream_, request));
  ASSERT_OK(applier_->Apply(applier_->Decode(batch)));
  EXPECT_EQ(applier_->stats()->skipped, 2);
  EXPECT_EQ(applier_->cursor().position, 4);
  EXPECT_THAT(MirrorNow(), ElementsAre(Pair("a", "2")));
}

TEST_F(ApplierTest, ATransientFailureKeepsWhatCameBeforeAndLosesNothing) {
  const absl::Status transient[] = {
      Unavailable("DOWN", "down", absl::Seconds(1)),
      ResourceExhausted("FULL", "full", absl::Seconds(1)),
      Aborted("RACE", "race"),
      absl::DeadlineExceededError("late"),
  };
  std::string label = "0";
  for (const absl::Status& status : transient) {
    label += "+";
    Set("a", label);
    Set("b", label);
    Set("c", label);
    trouble_ = {{"boxes/b", status}};
    const FeedBatch batch = applier_->Decode(Next());
    EXPECT_EQ(applier_->Apply(batch), status);
    EXPECT_EQ(MirrorNow()["a"], label) << status;
    EXPECT_NE(MirrorNow()["b"], label) << status;
    EXPECT_NE(MirrorNow()["c"], label) << status;
    EXPECT_THAT(ParkedNow(), IsEmpty());
    trouble_.clear();
    ASSERT_OK(applier_->Apply(batch));
    EXPECT_EQ(MirrorNow(), UpstreamNow());
  }
  EXPECT_EQ(applier_->stats()->followed, 12);
}

TEST_F(ApplierTest, APermanentFailureParksTheEventAndTheLaterOnesOfItsSubject) {
  const absl::Status permanent[] = {
      InvalidArgument("BAD", "bad"), FailedPrecondition("NOT_NOW", "not now"),
      NotFound("GONE", "gone"), absl::InternalError("a bug"), absl::UnknownError("?")};
  for (const absl::Status& status : permanent) {
    Set("a", "1");
    Set("bad", "1");
    Set("c", "1");
    Set("bad", "2");
    trouble_ = {{"boxes/bad", status}};
    const int64_t head = Next().head_position();
    ASSERT_OK(FollowOnce());
    // Later ones of the subject wait though nothing is wrong with them.
    trouble_.clear();
    Set("bad", "3");
    Remove("a");
    ASSERT_OK(FollowOnce());
    EXPECT_EQ(applier_->cursor().position, head + 2);
    EXPECT_THAT(MirrorNow(), ElementsAre(Pair("c", "1"))) << status;
    EXPECT_THAT(ParkedReasons(),
                ElementsAre(absl::StrCat(head - 2, " ", GetErrorDetails(status).reason),
                            absl::StrCat(head, " BEHIND_ANOTHER"),
                            absl::StrCat(head + 1, " BEHIND_ANOTHER")));
    // Nothing is tried again before somebody asks.
    ASSERT_OK_AND_ASSIGN(const bool none, applier_->RetryParked());
    EXPECT_FALSE(none);
    MakeAllDue();
    for (int i = 0; i < 3; ++i) {
      ASSERT_OK_AND_ASSIGN(const bool tried, applier_->RetryParked());
      EXPECT_TRUE(tried);
    }
    EXPECT_THAT(ParkedNow(), IsEmpty());
    EXPECT_EQ(MirrorNow(), UpstreamNow());
    Remove("bad");
    Remove("c");
    ASSERT_OK(FollowOnce());
    EXPECT_THAT(MirrorNow(), IsEmpty());
  }
}

TEST_F(ApplierTest, WhatWaitsBehindNothingHasItsEffectAtOnce) {
  FeedHandlers handlers;
  bool set_works = false;
  bool gone_works = false;
  std::vector<std::string> effects;
  handlers.On<BoxSet>([&](Transaction&, const FollowedEvent&, const BoxSet& box) {
    if (box.name() == "bad" && !set_works) return InvalidArgument("BAD", "bad");
    effects.push_back(absl::StrCat(box.name(), " ", box.label()));
    return absl::OkStatus();
  });
  handlers.OnAtOnce<BoxGone>([&](Transaction&, const FollowedEvent&, const BoxGone& box) {
    if (!gone_works) return InvalidArgument("BAD", "bad");
    effects.push_back(absl::StrCat(box.name(), " gone"));
    return absl::OkStatus();
  });
  FeedApplier applier(*mirror_, {.service = "test", .upstream = "up"}, handlers);
  ASSERT_OK(applier.Open());
  const auto follow = [&] {
    ASSERT_OK_AND_ASSIGN(const auto batch, NextBatch(*upstream_, applier.Request()));
    ASSERT_OK(applier.Apply(applier.Decode(batch)));
  };
  const auto retry = [&] {
    MakeAllDue();
    for (bool more = true; more;) {
      const absl::StatusOr<bool> tried = applier.RetryParked();
      ASSERT_OK(tried);
      more = *tried;
    }
  };
  // For itself it may fail, and is parked like any other.
  Set("bad", "1");
  Remove("bad");
  follow();
  EXPECT_EQ(applier.stats()->parked, 2);
  // Neither attempt waits for the other.
  gone_works = true;
  retry();
  EXPECT_THAT(effects, ElementsAre("bad gone"));
  EXPECT_EQ(applier.stats()->parked, 1);
  // And before it is parked it does not wait either; those before it and behind it do.
  Set("bad", "2");
  Remove("bad");
  Set("bad", "3");
  follow();
  EXPECT_THAT(effects, ElementsAre("bad gone", "bad gone"));
  EXPECT_EQ(applier.stats()->parked, 3);
  set_works = true;
  retry();
  EXPECT_THAT(effects, ElementsAre("bad gone", "bad gone", "bad 1", "bad 2", "bad 3"));
  EXPECT_EQ(applier.stats()->parked, 0);
}

TEST_F(ApplierTest, ABadStatementIsParkedLikeAnyOtherFault) {
  FeedHandlers handlers;
  bool mended = false;
  handlers.On<BoxSet>([&](Transaction& tx, const FollowedEvent&, const BoxSet& box) {
    if (box.label() == "overlooked" && !mended) {
      tx.Sql("INSERT INTO mirror VALUES (NULL, NULL, NULL)").Run().IgnoreError();
      return absl::OkStatus();
    }
    if (box.label() == "throws" && !mended) throw std::runtime_error("thrown");
    return tx.Sql("INSERT INTO mirror VALUES (?, ?, 0)", box.name(), box.label()).Run();
  });
  FeedApplier applier(*mirror_, {.service = "test", .upstream = "up"}, handlers);
  ASSERT_OK(applier.Open());
  Set("a", "1");
  Set("b", "overlooked");
  Set("c", "throws");
  Set("a", "once more");
  Set("d", "1");
  ASSERT_OK_AND_ASSIGN(const auto batch, NextBatch(*upstream_, applier.Request()));
  ASSERT_OK(applier.Apply(applier.Decode(batch)));
  EXPECT_THAT(MirrorNow(), ElementsAre(Pair("a", "1"), Pair("d", "1")));
  EXPECT_EQ(applier.stats()->parked, 3);
  mended = true;
  MakeAllDue();
  for (int i = 0; i < 3; ++i) ASSERT_OK(applier.RetryParked());
  EXPECT_THAT(MirrorNow(), ElementsAre(Pair("a", "1"), Pair("b", "overlooked"), Pair("c", "throws"),
                                       Pair("d", "1")));
  EXPECT_EQ(applier.stats()->parked, 1) << "a second row for 'a' fails again";
}

TEST_F(ApplierTest, EventsThatGoInCirclesAreParked) {
  BoxSet box;
  box.set_name("a");
  Publish(PackEvent("boxes/a", "", box), {.hops = 7});
  Publish(PackEvent("boxes/b", "", box), {.hops = 8});
  ASSERT_OK(FollowOnce());
  EXPECT_THAT(ParkedReasons(), ElementsAre("2 TOO_MANY_HOPS"));
  MakeAllDue();
  ASSERT_OK(applier_->RetryParked());
  EXPECT_THAT(ParkedReasons(), ElementsAre("2 TOO_MANY_HOPS"));
}

TEST_F(ApplierTest, DataThatIsNotOfItsTypeIsParked) {
  Event event = PackEvent("boxes/a", "", BoxSet());
  event.payload = PackEvent("boxes/a", "", BoxGone()).payload;
  Publish(event);
  ASSERT_OK(FollowOnce());
  EXPECT_THAT(ParkedReasons(), ElementsAre("1 PAYLOAD_UNREADABLE"));
}

TEST_F(ApplierTest, AnotherEpochIsRefusedInTheMiddleOfAStream) {
  Set("a", "1");
  ASSERT_OK(FollowOnce());
  Set("a", "2");
  auto batch = Next();
  batch.set_epoch("another");
  EXPECT_THAT(applier_->Apply(applier_->Decode(batch)), HasReason("EPOCH_UNKNOWN"));
  EXPECT_THAT(MirrorNow(), ElementsAre(Pair("a", "1")));
}

TEST_F(ApplierTest, SignsOfLifeCostNoCommits) {
  Set("a", "1");
  ASSERT_OK(FollowOnce());
  const int64_t commits = mirror_->writer().counters().commits;
  for (int i = 0; i < 20; ++i) {
    Publish({.type = "regulars.testing.noise.v1", .subject = "x"});
    ASSERT_OK(FollowOnce());
  }
  EXPECT_EQ(mirror_->writer().counters().commits, commits);
  EXPECT_EQ(applier_->stats()->position, 21) << "known, though not written";
  EXPECT_EQ(applier_->Request().after(), 21);
}

TEST_F(ApplierTest, HandlersAreTestedWithoutAnyFeed) {
  BoxSet box;
  box.set_name("a");
  box.set_label("1");
  EXPECT_OK(
      mirror_.Write([&](Transaction& tx) { return testing::Feed(tx, handlers_, "boxes/a", box); }));
  EXPECT_THAT(MirrorNow(), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(mirror_.Write([&](Transaction& tx) {
    return testing::Feed(tx, handlers_, "boxes/a", Noise());
  }),
              HasReason("TYPE_NOT_FOLLOWED"));
}

}  // namespace
}  // namespace regulars::follow
