// Rebuilds and second attempts, step by step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/feed/applier_fixture.h"

namespace regulars::follow {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

TEST_F(ApplierTest, APageThatThrowsIsAskedForAgain) {
  Set("box", "1");
  ASSERT_OK(GoOn());
  throws_ = true;
  EXPECT_THAT(applier_->RebuildStep(), HasReason("EXCEPTION"));
  throws_ = false;
  Rebuild();
  EXPECT_EQ(MirrorNow(), UpstreamNow());
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

TEST_F(ApplierTest, WhoFollowsTheGapMissesNoEvent) {
  std::vector<std::string> seen;
  FeedHandlers handlers;
  handlers.On<Noise>([&](Transaction&, const FollowedEvent& event, const Noise&) {
    seen.push_back(event.subject);
    return absl::OkStatus();
  });
  handlers.Rebuild<int>({.fetch =
                             [](const Origin&, const std::string&) {
                               return absl::StatusOr<RebuildPlan<int>::Page>(
                                   RebuildPlan<int>::Page());
                             },
                         .follows_the_gap = true});
  int64_t version = 0;
  const auto restart = [&] {
    applier_ = std::make_unique<FeedApplier>(
        *mirror_,
        FeedApplier::Options{.service = "test", .upstream = "up", .backfill_version = ++version},
        handlers);
    ASSERT_OK(applier_->Open());
    ASSERT_TRUE(applier_->needs_rebuild());
    ASSERT_OK(GoOn());
    Rebuild();
    ASSERT_OK(FollowOnce());
  };
  const auto publish = [&](absl::string_view subject) { Publish(PackEvent(subject, "", Noise())); };
  publish("before the first");
  restart();
  publish("followed");
  ASSERT_OK(FollowOnce());
  publish("in the gap");
  restart();
  EXPECT_THAT(seen, ElementsAre("followed", "in the gap"));
  // Some of it is gone.
  publish("pruned");
  publish("kept, but too late");
  upstream_.clock().Advance(absl::Hours(1));
  ASSERT_OK(upstream_.Write([](Transaction& tx) { return PruneFeed(tx, tx.now(), 4).status(); }));
  restart();
  publish("of another life");
  ASSERT_OK(upstream_.Write(
      [](Transaction& tx) { return tx.Sql("UPDATE store_meta SET epoch = 'new'").Run(); }));
  restart();
  publish("at last");
  ASSERT_OK(FollowOnce());
  EXPECT_THAT(seen, ElementsAre("followed", "in the gap", "at last"));
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

TEST_F(ApplierTest, PagesOfParkedEventsEndWithRowsOrBytes) {
  trouble_ = {{"boxes/bad", InvalidArgument("BAD", "bad")}};
  for (int i = 0; i < 5; ++i) Set("bad", std::string(1000, 'x'));
  ASSERT_OK(FollowOnce());
  const auto positions = [&](int64_t after, int64_t limit, size_t max_bytes) {
    std::vector<int64_t> found;
    EXPECT_OK(mirror_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const ParkedPage page, ListParked(db, "up", after, limit, max_bytes));
      for (const Parked& parked : page.parked) found.push_back(parked.position);
      if (page.more) found.push_back(-1);
      return absl::OkStatus();
    }));
    return found;
  };
  EXPECT_THAT(positions(0, 5, 100'000), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(positions(0, 4, 100'000), ElementsAre(1, 2, 3, 4, -1));
  EXPECT_THAT(positions(0, 100, 2000), ElementsAre(1, 2, -1));
  EXPECT_THAT(positions(0, 100, 1), ElementsAre(1, -1)) << "one at least";
  EXPECT_THAT(positions(4, 100, 1), ElementsAre(5));
}

}  // namespace
}  // namespace regulars::follow
