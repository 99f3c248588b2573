#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/rpc/timestamps.h"
#include "loyalty-svc/testing/loyalty_server.h"

namespace regulars::loyalty {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using Programmes = LoyaltyServer::Programmes;

class ProgrammeTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Programme> Update(const std::string& programme,
                                       const std::vector<std::string>& paths = {}) {
    v1::UpdateProgrammeRequest request;
    *request.mutable_programme() = Parse<v1::Programme>("name: 'programmes/main' " + programme);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(&Programmes::UpdateProgramme, request);
  }
  absl::StatusOr<v1::EarningRule> UpdateRule(const std::string& rule,
                                             const std::vector<std::string>& paths = {}) {
    v1::UpdateEarningRuleRequest request;
    *request.mutable_earning_rule() = Parse<v1::EarningRule>("name: 'earningRules/base' " + rule);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(&Programmes::UpdateEarningRule, request);
  }
  void Order(const std::string& receipt, const std::string& customer, int64_t euros,
             int64_t seconds) {
    auto order = LoyaltyServer::MakeOrder(receipt, customer, euros);
    order.mutable_order_time()->set_seconds(seconds);
    server_.Recorded(order);
  }
  // Waits until the members are in the tiers of the programme, by the events that say so.
  void ExpectTier(const std::string& customer, const std::string& tier) {
    for (int i = 0; i < 500 && server_.MemberOf(customer).tier() != tier; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_EQ(server_.MemberOf(customer).tier(), tier);
  }

  LoyaltyServer server_;
};

TEST_F(ProgrammeTest, ChangesWhatIsNamed) {
  ASSERT_OK_AND_ASSIGN(const auto first, Update(""));
  EXPECT_EQ(first.display_name(), "Points");
  EXPECT_EQ(first.enrolment(), v1::Programme::ENROLMENT_FIRST_ORDER);
  EXPECT_EQ(first.payment().point_value_micros(), 10'000);
  EXPECT_THAT(server_.NewEvents(), IsEmpty());
  ASSERT_OK_AND_ASSIGN(
      const auto second,
      Update(
          R"(display_name: "Stars" payment { point_value_micros: 5000 max_basket_percent: 50 })"));
  EXPECT_EQ(second.display_name(), "Stars");
  EXPECT_EQ(second.payment().point_value_micros(), 5000);
  EXPECT_EQ(second.payment().min_points(), 1);
  EXPECT_NE(second.etag(), first.etag());
  EXPECT_THAT(server_.NewestEvent<v1::ProgrammeUpdated>().changed_fields().paths(),
              ElementsAre("display_name", "payment"));
  ASSERT_OK_AND_ASSIGN(const auto third, Update("", {"display_name"}));
  EXPECT_EQ(third.display_name(), "Points") << "empty, so as at first";
  EXPECT_EQ(third.payment().point_value_micros(), 5000);
  EXPECT_THAT(Update("etag: '\"old\"' display_name: 'x'"), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Update("", {"colour"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Update("enrolment: 7"), HasReason("INVALID_ENROLMENT"));
  EXPECT_THAT(Update("payment { max_basket_percent: 50 }"), HasReason("INVALID_POINT_VALUE"));
  v1::UpdateProgrammeRequest other;
  other.mutable_programme()->set_name("programmes/other");
  EXPECT_THAT(server_.Call(&Programmes::UpdateProgramme, other), HasReason("PROGRAMME_NOT_FOUND"));
}

TEST_F(ProgrammeTest, NobodyMindsWhatFieldsSayThatAreNotNamed) {
  ASSERT_OK_AND_ASSIGN(
      const auto programme,
      Update("display_name: 'Q' enrolment: 7 payment { max_basket_percent: 50 } tiers {}",
             {"display_name"}));
  EXPECT_EQ(programme.display_name(), "Q");
  EXPECT_EQ(programme.payment().max_basket_percent(), 100);
  EXPECT_THAT(Update("display_name: 'Q' payment {}", {"payment"}), HasReason("INVALID_POINT_VALUE"))
      << "named";
  ASSERT_OK_AND_ASSIGN(const auto rule,
                       UpdateRule("points_per_step: 2 step_amount_micros: -1 counted_lines: 9 "
                                  "rounding: 9 start_time { seconds: -99999999999 }",
                                  {"points_per_step"}));
  EXPECT_EQ(rule.points_per_step(), 2);
  EXPECT_EQ(rule.step_amount_micros(), 1'000'000);
  EXPECT_THAT(UpdateRule("start_time { seconds: 9 }", {"start_time"}), IsOk());
  EXPECT_THAT(UpdateRule("end_time { seconds: 9 }", {"end_time"}), HasReason("INVALID_WINDOW"))
      << "by what was there";
}

TEST_F(ProgrammeTest, MembersFollowTheTiers) {
  Order("r1", "ann", 120, 1'600'000'000);
  Order("r2", "bob", 20, 1'600'000'000);
  ASSERT_OK(Update(R"(tiers { tier_id: "silver" threshold_points: 100 }
                      tiers { tier_id: "gold" threshold_points: 200 })"));
  ExpectTier("ann", "silver");
  EXPECT_EQ(server_.MemberOf("bob").tier(), "");
  server_.NewEvents();
  Order("r3", "ann", 80, 1'600'000'000);
  EXPECT_THAT(server_.NewEvents(),
              ElementsAre("points_posted customers/ann", "tier_changed customers/ann"));
  const auto event = server_.NewestEvent<v1::TierChanged>();
  EXPECT_EQ(event.previous_tier(), "silver");
  EXPECT_EQ(event.tier(), "gold");
  EXPECT_EQ(event.posting(), server_.NewestEvent<v1::PointsPosted>().posting());
  auto back = LoyaltyServer::MakeReturn("r4", "ann", 80, "r3", 1'000'000);
  server_.Recorded(back);
  EXPECT_EQ(server_.MemberOf("ann").tier(), "silver");
  ASSERT_OK(Update("", {"tiers"}));
  ExpectTier("ann", "");
  EXPECT_EQ(server_.NewestEvent<v1::TierChanged>().posting(), "") << "no posting moved anybody";
}

TEST_F(ProgrammeTest, TheFirstRevisionHoldsForAllTimes) {
  ASSERT_OK_AND_ASSIGN(const auto rule, UpdateRule("points_per_step: 2"));
  EXPECT_EQ(rule.revision(), 1);
  EXPECT_FALSE(rule.has_effective_time());
  Order("r1", "ann", 10, 0);
  EXPECT_EQ(server_.MemberOf("ann").balance(), 20);
}

TEST_F(ProgrammeTest, OrdersKeepTheRevisionOfTheirTime) {
  const int64_t now = absl::ToUnixSeconds(server_.server().clock().Now());
  Order("r1", "ann", 10, now - 100);
  ASSERT_OK_AND_ASSIGN(const auto rule, UpdateRule("points_per_step: 3"));
  EXPECT_EQ(rule.revision(), 2);
  EXPECT_EQ(rule.effective_time().seconds(), now);
  Order("r2", "ann", 10, now - 50);
  Order("r3", "ann", 10, now);
  EXPECT_THAT(server_.Statement("ann"),
              ElementsAre("EARN 30 50 orders/r3", "EARN 10 20 orders/r2", "EARN 10 10 orders/r1"));
  auto changed = LoyaltyServer::MakeOrder("r1", "ann", 11);
  changed.mutable_order_time()->set_seconds(now - 100);
  server_.Changed(changed);
  EXPECT_EQ(server_.MemberOf("ann").balance(), 51);
  v1::ListEarningRuleRevisionsRequest request;
  request.set_name("earningRules/base");
  request.set_page_size(1);
  ASSERT_OK_AND_ASSIGN(auto page, server_.Call(&Programmes::ListEarningRuleRevisions, request));
  ASSERT_EQ(page.earning_rules_size(), 1);
  EXPECT_EQ(page.earning_rules(0).points_per_step(), 3);
  request.set_page_token(page.next_page_token());
  ASSERT_OK_AND_ASSIGN(page, server_.Call(&Programmes::ListEarningRuleRevisions, request));
  ASSERT_EQ(page.earning_rules_size(), 1);
  EXPECT_EQ(page.earning_rules(0).points_per_step(), 1);
  EXPECT_EQ(page.next_page_token(), "");
}

// What it earns is settled, should somebody join or should it come back.
TEST_F(ProgrammeTest, OrdersOfNobodyAndCancelledOnesAreKnownToo) {
  server_.Recorded(LoyaltyServer::MakeOrder("r1", "", 10));
  auto cancelled = LoyaltyServer::MakeOrder("r2", "ann", 10);
  cancelled.mutable_order_time()->set_seconds(1'672'531'300);
  server_.Cancelled(cancelled);
  EXPECT_THAT(UpdateRule("points_per_step: 2 effective_time { seconds: 1672531300 }"),
              HasReason("ORDERS_COUNTED"));
  ASSERT_OK_AND_ASSIGN(const auto second,
                       UpdateRule("points_per_step: 2 effective_time { seconds: 1672531301 }"));
  EXPECT_EQ(second.revision(), 2);
}

TEST_F(ProgrammeTest, CountedOrdersAreNotCountedAgain) {
  const int64_t now = absl::ToUnixSeconds(server_.server().clock().Now());
  Order("r1", "ann", 10, now + 1000);
  const auto at = [](int64_t seconds) {
    return absl::StrCat("points_per_step: 2 effective_time { seconds: ", seconds, " }");
  };
  EXPECT_THAT(UpdateRule(at(now)), HasReason("ORDERS_COUNTED"));
  EXPECT_THAT(UpdateRule(at(now + 1000)), HasReason("ORDERS_COUNTED"));
  ASSERT_OK_AND_ASSIGN(const auto second, UpdateRule("points_per_step: 2"));
  EXPECT_EQ(second.effective_time().seconds(), now + 1000);
  EXPECT_EQ(second.effective_time().nanos(), 1000) << "just behind the latest order";
  EXPECT_THAT(UpdateRule("points_per_step: 3 effective_time { seconds: 1 }"),
              HasReason("ORDERS_COUNTED"));
  ASSERT_OK(UpdateRule("points_per_step: 3 effective_time { seconds: 1800000000 }"));
  Order("r2", "bob", 10, 1'800'000'000);
  EXPECT_EQ(server_.MemberOf("bob").balance(), 30);
}

TEST_F(ProgrammeTest, APlanGivesWayToTheNextChange) {
  const int64_t now = absl::ToUnixSeconds(server_.server().clock().Now());
  constexpr int64_t kDay = 86'400;
  Order("r1", "ann", 10, now - 100);
  const auto at = [](int64_t seconds) {
    return absl::StrCat(" effective_time { seconds: ", seconds, " }");
  };
  ASSERT_OK_AND_ASSIGN(auto rule, UpdateRule("points_per_step: 2" + at(now + 1000 * kDay)));
  EXPECT_EQ(rule.revision(), 2);
  // It was meant to be sooner.
  ASSERT_OK_AND_ASSIGN(rule, UpdateRule(at(now + 10 * kDay)));
  EXPECT_EQ(rule.revision(), 2);
  EXPECT_EQ(rule.points_per_step(), 2);
  EXPECT_EQ(rule.effective_time().seconds(), now + 10 * kDay);
  Order("r2", "ann", 10, now);
  EXPECT_THAT(UpdateRule("points_per_step: 3" + at(now)), HasReason("ORDERS_COUNTED"));
  // No time: now, or just behind what is known.
  ASSERT_OK_AND_ASSIGN(rule, UpdateRule("minimum_amount_micros: 7000000"));
  EXPECT_EQ(rule.revision(), 2);
  EXPECT_EQ(rule.points_per_step(), 2);
  EXPECT_EQ(rule.effective_time().seconds(), now);
  EXPECT_EQ(rule.effective_time().nanos(), 1000);
  Order("r3", "ann", 10, now + 1);
  EXPECT_EQ(server_.MemberOf("ann").balance(), 40);
  // Its time has come, by the orders if not by the clock.
  ASSERT_OK_AND_ASSIGN(rule, UpdateRule("points_per_step: 3" + at(now + 20)));
  EXPECT_EQ(rule.revision(), 3);
  Order("r4", "ann", 10, now + 30);
  ASSERT_OK_AND_ASSIGN(rule, UpdateRule("points_per_step: 4" + at(now + 40)));
  EXPECT_EQ(rule.revision(), 4);
  EXPECT_EQ(server_.MemberOf("ann").balance(), 70);
  EXPECT_THAT(UpdateRule(at(now + 20)), HasReason("INVALID_EFFECTIVE_TIME")) << "of revision 3";
}

TEST_F(ProgrammeTest, APlanIsNotTooFarAhead) {
  const int64_t now = absl::ToUnixSeconds(server_.server().clock().Now());
  Order("r1", "ann", 10, now - 100);
  const auto plan = [&](int64_t seconds) {
    return UpdateRule(absl::StrCat("points_per_step: 2 effective_time { seconds: ", seconds, " }"));
  };
  constexpr int64_t kFiveYears = 5 * 366 * 86'400;
  EXPECT_THAT(plan(now + kFiveYears + 1), HasReason("INVALID_EFFECTIVE_TIME"));
  EXPECT_THAT(plan(253'402'300'799), HasReason("INVALID_EFFECTIVE_TIME"));
  ASSERT_OK(plan(now + kFiveYears));
}

TEST_F(ProgrammeTest, RulesThatAreNone) {
  EXPECT_THAT(UpdateRule("points_per_step: -1"), HasReason("INVALID_POINTS"));
  EXPECT_THAT(UpdateRule("", {"step_amount_micros"}), HasReason("INVALID_STEP_AMOUNT"));
  EXPECT_THAT(UpdateRule("counted_lines: 9"), HasReason("INVALID_COUNTED_LINES"));
  EXPECT_THAT(UpdateRule("rounding: 9"), HasReason("INVALID_ROUNDING"));
  EXPECT_THAT(UpdateRule("start_time { seconds: 9 } end_time { seconds: 9 }"),
              HasReason("INVALID_WINDOW"));
  EXPECT_THAT(UpdateRule("start_time { seconds: -99999999999 }"), HasReason("INVALID_TIME"));
  EXPECT_THAT(UpdateRule("", {"colour"}), HasReason("INVALID_UPDATE_MASK"));
  v1::UpdateEarningRuleRequest other;
  other.mutable_earning_rule()->set_name("earningRules/x");
  EXPECT_THAT(server_.Call(&Programmes::UpdateEarningRule, other),
              HasReason("EARNING_RULE_NOT_FOUND"));
  EXPECT_THAT(UpdateRule("points_per_step: 2 etag: 'x'"), HasReason("ETAG_MISMATCH"));
}

}  // namespace
}  // namespace regulars::loyalty
