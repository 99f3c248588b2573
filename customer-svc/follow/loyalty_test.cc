// What loyalty-svc's events come to: in the timeline, and in the fields that segments ask.
#include "customer-svc/follow/loyalty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/testing/feed_events.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/testing/order_server.h"
#include "regulars/customer/v1/timeline_service.grpc.pb.h"
#include "regulars/loyalty/v1/events.pb.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class FollowLoyaltyTest : public OrderServiceTest {
 protected:
  void Feed(const google::protobuf::Message& payload) {
    const FeedHandlers handlers = LoyaltyHandlers(nullptr);
    EXPECT_OK(server_.server().store().Write([&](Transaction& tx) {
      return ::regulars::testing::Feed(tx, handlers, ann_.name(), payload);
    }));
  }

  void Post(const std::string& member, int number, int64_t points, int64_t balance_after) {
    loyalty::v1::PointsPosted posted;
    posted.set_member(absl::StrCat("members/", member));
    posted.set_customer(ann_.name());
    posted.set_posting(absl::StrCat("members/", member, "/postings/", number));
    posted.set_kind(loyalty::v1::Posting::KIND_EARN);
    posted.set_points(points);
    posted.set_balance_after(balance_after);
    Feed(posted);
  }

  // `posting` 0: the tiers were changed.
  void MoveTier(const std::string& member, const std::string& tier, int posting) {
    loyalty::v1::TierChanged changed;
    changed.set_member(absl::StrCat("members/", member));
    changed.set_customer(ann_.name());
    changed.set_tier(tier);
    if (posting > 0) changed.set_posting(absl::StrCat("members/", member, "/postings/", posting));
    Feed(changed);
  }

  // The timeline's entries of a kind, newest first.
  std::vector<v1::TimelineEvent> Timeline(const std::string& kind) {
    const auto page = server_.Call(&v1::TimelineService::Stub::ListTimelineEvents,
                                   Parse<v1::ListTimelineEventsRequest>(absl::StrCat(
                                       "kinds: ", kind, " customer: '", ann_.name(), "'")));
    EXPECT_OK(page);
    if (!page.ok()) return {};
    return {page->events().begin(), page->events().end()};
  }
  std::vector<int64_t> Told() {
    std::vector<int64_t> points;
    for (const auto& event : Timeline("KIND_POINTS")) points.push_back(event.points().points());
    return points;
  }
  std::vector<std::string> ToldTiers() {
    std::vector<std::string> tiers;
    for (const auto& event : Timeline("KIND_TIER")) tiers.push_back(event.tier().tier());
    return tiers;
  }

  std::optional<LoyaltyFacts> Facts() {
    std::optional<LoyaltyFacts> facts;
    EXPECT_OK(server_.server().store().Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto key, db.Sql("SELECT key FROM customer").First<int64_t>());
      ABSL_ASSIGN_OR_RETURN(facts, followed::LoadLoyalty(db, key.value()));
      return absl::OkStatus();
    }));
    return facts;
  }

  const v1::Customer ann_ = MakeCustomer("given_name: 'Ann'");
};

TEST_F(FollowLoyaltyTest, APostingIsToldOnceWhateverTheMemberIsCalled) {
  // A loyalty-svc that was restored enrols anew, and posts the same again.
  for (const char* member : {"m1", "m1", "m2"}) {
    Post(member, 1, 80, 80);
    Post(member, 2, 20, 100);
    EXPECT_EQ(Facts()->member, absl::StrCat("members/", member));
    EXPECT_EQ(Facts()->balance, 100);
  }
  EXPECT_THAT(Told(), UnorderedElementsAre(20, 80));
  Post("m2", 3, 5, 105);
  EXPECT_EQ(Told().size(), 3);
}

TEST_F(FollowLoyaltyTest, ATierIsToldOnceForThePostingThatLedToIt) {
  for (const char* member : {"m1", "m1", "m2"}) {
    MoveTier(member, "silver", 2);
    MoveTier(member, "gold", 5);
    EXPECT_EQ(Facts()->tier, "gold");
  }
  EXPECT_THAT(ToldTiers(), UnorderedElementsAre("silver", "gold"));
  // No posting: the event is told for itself.
  MoveTier("m2", "silver", 0);
  EXPECT_THAT(ToldTiers(), UnorderedElementsAre("silver", "gold", "silver"));
}

TEST_F(FollowLoyaltyTest, ANumberThatIsAnotherPostingNowIsTold) {
  Post("m1", 1, 80, 80);
  Post("m1", 2, 500, 580);
  // The store was restored, without the second; what comes now takes its number.
  Post("m1", 2, 5, 85);
  EXPECT_THAT(Told(), UnorderedElementsAre(5, 80));
}

TEST_F(FollowLoyaltyTest, WhoIsNoMemberAnyMoreHasNoPoints) {
  Post("m1", 1, 80, 80);
  loyalty::v1::MemberClosed closed;
  closed.set_member("members/m1");
  closed.set_customer(ann_.name());
  Feed(closed);
  EXPECT_FALSE(Facts().has_value());
  EXPECT_THAT(Told(), ElementsAre(80));
}

}  // namespace
}  // namespace regulars::customer
