// What a follower does with batches, event by event; random histories are in
// follower_simulation_test.cc.
#include "chassis/feed/feed_applier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/match.h"
#include "chassis/feed/follow_fixture.h"
#include "chassis/testing/feed_events.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars::follow {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TempStore;
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

class ApplierTest : public ::testing::Test {
 protected:
  ApplierTest() { Restart(); }

  // Forgets all that is not in the store.
  void Restart(int64_t backfill_version = 1) {
    applier_ = std::make_unique<FeedApplier>(
        *mirror_,
        FeedApplier::Options{
            .service = "test", .upstream = "up", .backfill_version = backfill_version},
        handlers_);
    ASSERT_OK(applier_->Open());
  }

  void Set(const std::string& id, const std::string& label) {
    ASSERT_OK(upstream_.Write([&](Transaction& tx) { return SetBox(tx, id, label); }));
  }
  void Remove(const std::string& id) {
    ASSERT_OK(upstream_.Write([&](Transaction& tx) { return RemoveBox(tx, id); }));
  }
  void Publish(const Event& event, Origin origin = {}) {
    ASSERT_OK(upstream_->writer().Write(Lane::kInteractive, origin, [&](Transaction& tx) {
      tx.Publish(event);
      return absl::OkStatus();
    }));
  }

  feed::v1::SubscribeResponse Next() {
    auto batch = NextBatch(*upstream_, applier_->Request());
    EXPECT_OK(batch);
    return *std::move(batch);
  }
  absl::Status FollowOnce() { return applier_->Apply(applier_->Decode(Next())); }
  absl::Status GoOn() {
    ABSL_ASSIGN_OR_RETURN(const auto state, StateOfFeed(*upstream_));
    return applier_->GoOnFrom(state);
  }
  // Until it follows again; how many steps that takes.
  int Rebuild() {
    int steps = 0;
    for (; applier_->cursor().state != State::kFollowing && steps < 100; ++steps) {
      EXPECT_OK(applier_->RebuildStep());
    }
    return steps;
  }

  Boxes MirrorNow() { return ReadBoxes(*mirror_, "mirror").value(); }
  Boxes UpstreamNow() { return ReadBoxes(*upstream_, "box").value(); }
  std::vector<Parked> ParkedNow() {
    std::vector<Parked> parked;
    EXPECT_OK(mirror_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(parked, ListParked(db, "up", 0, 100));
      return absl::OkStatus();
    }));
    EXPECT_EQ(applier_->stats()->parked, static_cast<int64_t>(parked.size()));
    return parked;
  }
  std::vector<std::string> ParkedReasons() {
    std::vector<std::string> reasons;
    for (const Parked& parked : ParkedNow()) {
      reasons.push_back(absl::StrCat(parked.position, " ", parked.reason));
    }
    return reasons;
  }
  void MakeAllDue() {
    ASSERT_OK(
        mirror_.Write([](Transaction& tx) { return MakeDue(tx, "up", std::nullopt).status(); }));
  }

  TempStore upstream_{kUpstreamMigrations};
  TempStore mirror_{kMirrorMigrations};
  std::map<std::string, absl::Status> trouble_;  // By subject.
  absl::Status refusal_;                         // Of the next page of a rebuild.
  FeedHandlers handlers_ = MirrorHandlers(
      [this]() -> absl::StatusOr<Store*> {
        if (!refusal_.ok()) return refusal_;
        return &*upstream_;
      },
      [this](const std::string& subject, const std::string&) {
        const auto found = trouble_.find(subject);
        return found == trouble_.end() ? absl::OkStatus() : found->second;
      });
  std::unique_ptr<FeedApplier> applier_;
};

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

TEST_F(ApplierTest, ARetryThatFailsIsCountedAndHoldsItsSubject) {
  trouble_ = {{"boxes/bad", InvalidArgument("BAD", "bad")}};
  Set("bad", "1");
  Set("bad", "2");
  ASSERT_OK(FollowOnce());
  trouble_ = {{"boxes/bad", InvalidArgument("WORSE", "worse")}};
  MakeAllDue();
  ASSERT_OK(applier_->RetryParked());
  EXPECT_THAT(ParkedReasons(), ElementsAre("1 WORSE", "2 BEHIND_ANOTHER"));
  EXPECT_EQ(ParkedNow()[0].attempts, 2);
  EXPECT_THAT(applier_->RetryParked(), testing::IsOkAndHolds(false)) << "2 waits for 1";
  // A transient one leaves it due.
  trouble_ = {{"boxes/bad", Unavailable("DOWN", "down", absl::Seconds(1))}};
  MakeAllDue();
  EXPECT_THAT(applier_->RetryParked(), HasReason("DOWN"));
  trouble_.clear();
  for (int i = 0; i < 2; ++i) ASSERT_OK(applier_->RetryParked());
  EXPECT_THAT(ParkedNow(), IsEmpty());
  EXPECT_EQ(MirrorNow(), UpstreamNow());
}

TEST_F(ApplierTest, OneThatIsTakenAwayFreesThoseBehindIt) {
  trouble_ = {{"boxes/bad", InvalidArgument("BAD", "bad")}};
  Set("bad", "1");
  Set("bad", "2");
  ASSERT_OK(FollowOnce());
  trouble_.clear();
  ASSERT_OK(mirror_.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto first, FindParked(tx, "up", 1));
    return Unpark(tx, *first);
  }));
  ASSERT_OK(applier_->RetryParked());
  ASSERT_OK(applier_->CountParked());
  EXPECT_THAT(ParkedNow(), IsEmpty());
  EXPECT_EQ(MirrorNow(), UpstreamNow());
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

TEST_F(ApplierTest, APrunedPositionIsRebuiltAndNothingIsEarnedTwice) {
  Set("kept", "1");
  Set("lost", "1");
  ASSERT_OK(FollowOnce());
  Remove("lost");
  for (int i = 0; i < 7; ++i) Set(absl::StrCat("new", i), "1");
  upstream_.clock().Advance(absl::Hours(1));
  ASSERT_OK(upstream_.Write([](Transaction& tx) { return PruneFeed(tx, tx.now(), 100).status(); }));
  EXPECT_THAT(NextBatch(*upstream_, applier_->Request()), HasReason("POSITION_PRUNED"));
  ASSERT_OK(GoOn());
  // What happens while the state is read is in it, or followed, or both.
  ASSERT_OK(applier_->RebuildStep());
  Set("kept", "2");
  Set("zzz", "1");
  EXPECT_THAT(applier_->Apply(applier_->Decode({})), HasReason("NOT_FOLLOWING"));
  EXPECT_GT(Rebuild(), 2);
  EXPECT_EQ(applier_->cursor().generation, 1);
  ASSERT_OK(FollowOnce());
  EXPECT_EQ(MirrorNow(), UpstreamNow());
  EXPECT_FALSE(UpstreamNow().contains("lost"));
}

TEST_F(ApplierTest, ARebuildGoesOnWhereItWas) {
  for (int i = 0; i < 10; ++i) Set(absl::StrCat("box", i), "1");
  ASSERT_OK(GoOn());
  ASSERT_OK(applier_->RebuildStep());
  ASSERT_OK(applier_->RebuildStep());
  EXPECT_EQ(applier_->cursor().rebuild_cursor, "box5");
  Restart();
  EXPECT_FALSE(applier_->needs_rebuild());
  EXPECT_EQ(applier_->cursor().rebuild_cursor, "box5");
  EXPECT_EQ(Rebuild(), 3) << "two pages and a sweep";
  EXPECT_EQ(MirrorNow(), UpstreamNow());
  EXPECT_EQ(applier_->cursor().position, 10);
}

TEST_F(ApplierTest, ARebuildWhosePageTokenIsTakenNoMoreBeginsAgain) {
  for (int i = 0; i < 10; ++i) Set(absl::StrCat("box", i), "1");
  ASSERT_OK(GoOn());
  const absl::Status expired = FieldError("page_token", "INVALID_PAGE_TOKEN", "is too old");
  refusal_ = expired;
  EXPECT_EQ(applier_->RebuildStep(), expired);
  EXPECT_FALSE(applier_->needs_rebuild()) << "the first page needs no token";
  refusal_ = absl::OkStatus();
  ASSERT_OK(applier_->RebuildStep());
  // Meanwhile the world goes on.
  Remove("box1");
  Set("box9", "2");
  for (const bool restarts : {false, true}) {
    if (restarts) Restart();
    refusal_ = Unavailable("DOWN", "down", absl::ZeroDuration());
    EXPECT_EQ(applier_->RebuildStep(), refusal_);
    EXPECT_FALSE(applier_->needs_rebuild()) << "the same page may still come";
    refusal_ = expired;
    EXPECT_EQ(applier_->RebuildStep(), expired);
    EXPECT_TRUE(applier_->needs_rebuild());
  }
  refusal_ = absl::OkStatus();
  ASSERT_OK(GoOn());
  EXPECT_FALSE(applier_->needs_rebuild());
  EXPECT_EQ(applier_->cursor().rebuild_cursor, "");
  Rebuild();
  EXPECT_EQ(applier_->cursor().position, 12);
  EXPECT_EQ(MirrorNow(), UpstreamNow());
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

TEST_F(ApplierTest, NewTypesAndNewVersionsAreBackfilledOnce) {
  Set("a", "1");
  ASSERT_OK(FollowOnce());
  Restart(1);
  EXPECT_FALSE(applier_->needs_rebuild());
  Restart(2);
  EXPECT_TRUE(applier_->needs_rebuild());
  Restart(2);
  EXPECT_TRUE(applier_->needs_rebuild()) << "still to be done";
  ASSERT_OK(GoOn());
  EXPECT_FALSE(applier_->needs_rebuild());
  Rebuild();
  Restart(2);
  EXPECT_FALSE(applier_->needs_rebuild());
  handlers_.On<Noise>(
      [](Transaction&, const FollowedEvent&, const Noise&) { return absl::OkStatus(); });
  Restart(2);
  EXPECT_TRUE(applier_->needs_rebuild());
  ASSERT_OK(GoOn());
  Rebuild();
  EXPECT_EQ(applier_->cursor().generation, 2);
  EXPECT_EQ(MirrorNow(), UpstreamNow());
}

TEST_F(ApplierTest, WithoutAPlanItGoesOnFromWhatIsStillThere) {
  FeedHandlers handlers;
  std::vector<std::string> seen;
  handlers.On<BoxSet>([&](Transaction&, const FollowedEvent&, const BoxSet& box) {
    seen.push_back(box.name());
    return absl::OkStatus();
  });
  FeedApplier applier(*mirror_, {.service = "test", .upstream = "up"}, handlers);
  ASSERT_OK(applier.Open());
  for (const char* id : {"a", "b", "c", "d"}) Set(id, "1");
  upstream_.clock().Advance(absl::Hours(1));
  ASSERT_OK(upstream_.Write([](Transaction& tx) { return PruneFeed(tx, tx.now(), 2).status(); }));
  EXPECT_THAT(NextBatch(*upstream_, applier.Request()), HasReason("POSITION_PRUNED"));
  ASSERT_OK_AND_ASSIGN(const auto state, StateOfFeed(*upstream_));
  ASSERT_OK(applier.GoOnFrom(state));
  ASSERT_OK_AND_ASSIGN(const auto batch, NextBatch(*upstream_, applier.Request()));
  ASSERT_OK(applier.Apply(applier.Decode(batch)));
  EXPECT_THAT(seen, ElementsAre("c", "d"));
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
