// What loyalty-svc's events come to, and its state where they were missed: in the timeline, and in
// the fields that segments ask.
#include "customer-svc/follow/loyalty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/page_token.h"
#include "chassis/testing/fake_upstream.h"
#include "chassis/testing/feed_events.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/testing/order_server.h"
#include "customer-svc/testing/read_anew.h"
#include "regulars/customer/v1/timeline_service.grpc.pb.h"
#include "regulars/loyalty/v1/events.pb.h"
#include "regulars/loyalty/v1/ledger_service.grpc.pb.h"
#include "regulars/loyalty/v1/member_service.grpc.pb.h"

namespace regulars::customer {
namespace {

namespace lv1 = ::regulars::loyalty::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
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

// The members of a loyalty-svc, each with its postings, newest first.
struct Ledger {
  std::vector<lv1::Member> members;
  std::map<std::string, std::vector<lv1::Posting>> postings;
};

// Two of `all`, whatever is asked for; tokens are numbers.
template <typename Request, typename Item, typename Reply>
absl::Status ListTwo(Snapshot& db, const Request& request, const std::vector<Item>& all,
                     google::protobuf::RepeatedPtrField<Item>& items, Reply& reply) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t begin, rpc::PositionOf(page));
  const size_t end = std::min(all.size(), static_cast<size_t>(begin) + 2);
  for (auto i = static_cast<size_t>(begin); i < end; ++i) *items.Add() = all[i];
  if (end < all.size()) {
    reply.set_next_page_token(rpc::NextPageToken(request, db.now(), {absl::StrCat(end)}));
  }
  return absl::OkStatus();
}

::regulars::testing::TestServer::Services Serve(const rpc::Environment& environment,
                                                Ledger& ledger) {
  ::regulars::testing::TestServer::Services services;
  auto members =
      std::make_unique<rpc::Service>(environment, lv1::MemberService::service_full_name());
  members->Read(
      "ListMembers",
      [&ledger](Snapshot& db, const lv1::ListMembersRequest& request)
          -> absl::StatusOr<lv1::ListMembersResponse> {
        lv1::ListMembersResponse reply;
        ABSL_RETURN_IF_ERROR(ListTwo(db, request, ledger.members, *reply.mutable_members(), reply));
        return reply;
      });
  auto postings =
      std::make_unique<rpc::Service>(environment, lv1::LedgerService::service_full_name());
  postings->Read("ListPostings",
                 [&ledger](Snapshot& db, const lv1::ListPostingsRequest& request)
                     -> absl::StatusOr<lv1::ListPostingsResponse> {
                   lv1::ListPostingsResponse reply;
                   ABSL_RETURN_IF_ERROR(ListTwo(db, request, ledger.postings[request.parent()],
                                                *reply.mutable_postings(), reply));
                   return reply;
                 });
  services.push_back(std::move(members));
  services.push_back(std::move(postings));
  return services;
}

class RebuildLoyaltyTest : public FollowLoyaltyTest {
 protected:
  // A member whose ledger holds these, oldest first.
  void Hold(const std::string& id, const std::string& customer,
            const std::vector<int64_t>& points) {
    lv1::Member& member = ledger_.members.emplace_back();
    member.set_name(absl::StrCat("members/", id));
    member.set_customer(customer);
    member.set_state(lv1::Member::STATE_ACTIVE);
    std::vector<lv1::Posting>& postings = ledger_.postings[member.name()];
    for (const int64_t each : points) {
      member.set_balance(member.balance() + each);
      member.set_posting_count(member.posting_count() + 1);
      lv1::Posting posting;
      posting.set_name(absl::StrCat(member.name(), "/postings/", member.posting_count()));
      posting.set_kind(lv1::Posting::KIND_EARN);
      posting.set_points(each);
      posting.set_balance_after(member.balance());
      posting.mutable_create_time()->set_seconds(1'700'000'000 + member.posting_count());
      postings.insert(postings.begin(), posting);
    }
  }
  void ReadAnew() {
    const FeedHandlers handlers = LoyaltyHandlers(&loyalty_.peer());
    ASSERT_NO_FATAL_FAILURE(
        customer::ReadAnew(*server_.server().store(), "loyalty", ++readings_, handlers));
  }

  Ledger ledger_;
  int readings_ = 0;
  ::regulars::testing::FakeUpstream loyalty_{
      "loyalty", "customer", {}, [this](const rpc::Environment& environment) {
        return Serve(environment, ledger_);
      }};
};

TEST_F(RebuildLoyaltyTest, APostingThatNobodyToldOfIsInTheTimeline) {
  Post("m1", 1, 80, 80);
  Hold("m1", ann_.name(), {80, 20, -5});
  ASSERT_NO_FATAL_FAILURE(ReadAnew());
  EXPECT_THAT(Told(), ElementsAre(-5, 20, 80));
  EXPECT_EQ(Facts()->balance, 95);
  const auto newest = Timeline("KIND_POINTS").front();
  EXPECT_EQ(newest.points().posting(), "members/m1/postings/3");
  EXPECT_EQ(newest.points().kind(), "EARN");
  EXPECT_EQ(newest.points().balance_after(), 95);
  EXPECT_EQ(newest.event_time().seconds(), 1'700'000'003);
  // Its event comes after all.
  Post("m1", 3, -5, 95);
  ASSERT_NO_FATAL_FAILURE(ReadAnew());
  EXPECT_THAT(Told(), ElementsAre(-5, 20, 80));
}

TEST_F(RebuildLoyaltyTest, WhatTheLedgerHasNoMoreIsNotToldAnyMore) {
  Post("m1", 1, 80, 80);
  MoveTier("m1", "silver", 1);
  Post("m1", 2, 50, 130);
  MoveTier("m1", "gold", 2);
  MoveTier("m1", "platinum", 0);
  Hold("m1", ann_.name(), {80});
  ASSERT_NO_FATAL_FAILURE(ReadAnew());
  EXPECT_THAT(Told(), ElementsAre(80));
  EXPECT_THAT(ToldTiers(), UnorderedElementsAre("silver", "platinum"));
  // The whole membership is of a time after the backup.
  ledger_ = {};
  ASSERT_NO_FATAL_FAILURE(ReadAnew());
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_FALSE(Facts().has_value());
}

TEST_F(RebuildLoyaltyTest, EachPostingOfEachMemberIsReadThoughTheProcessDiesAtEachPage) {
  std::vector<std::string> names = {ann_.name()};
  for (int i = 1; i < 5; ++i) names.push_back(MakeCustomer("given_name: 'Bob'").name());
  // The third has none; nobody knows the last.
  const std::vector<std::vector<int64_t>> points = {{1, 2, 3, 4, 5}, {6}, {}, {7, 8}, {9, 10, 11}};
  for (size_t i = 0; i < names.size(); ++i) Hold(absl::StrCat("m", i), names[i], points[i]);
  Hold("m9", "customers/unknown", {12, 13, 14});
  ASSERT_NO_FATAL_FAILURE(ReadAnew());
  EXPECT_EQ(server_.Count("timeline_entry"), 11);
  EXPECT_EQ(server_.Count("loyalty_state"), 5);
  EXPECT_THAT(Told(), ElementsAre(5, 4, 3, 2, 1));
}

}  // namespace
}  // namespace regulars::customer
