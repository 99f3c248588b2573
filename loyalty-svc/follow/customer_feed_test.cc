#include "loyalty-svc/follow/customer_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loyalty-svc/follow/order_reading.h"
#include "loyalty-svc/testing/loyalty_server.h"

namespace regulars::loyalty {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;

constexpr int64_t kOne = 1'000'000;

class CustomerFeedTest : public ::testing::Test {
 protected:
  static customer::v1::OrderFacts Order(const std::string& receipt, const std::string& customer,
                                        int64_t euros, const std::string& more = "") {
    return LoyaltyServer::MakeOrder(receipt, customer, euros, more);
  }

  LoyaltyServer server_;
};

TEST_F(CustomerFeedTest, TheFirstOrderMakesAMember) {
  server_.Recorded(Order("r1", "ann", 30));
  const v1::Member ann = server_.MemberOf("ann");
  EXPECT_EQ(ann.balance(), 30);
  EXPECT_EQ(ann.qualifying_points(), 30);
  EXPECT_EQ(ann.customer(), "customers/ann");
  EXPECT_EQ(ann.state(), v1::Member::STATE_ACTIVE);
  EXPECT_THAT(server_.NewEvents(),
              ElementsAre("member_enrolled customers/ann", "points_posted customers/ann"));
  const auto posted = server_.NewestEvent<v1::PointsPosted>();
  EXPECT_EQ(posted.member(), ann.name());
  EXPECT_EQ(posted.posting(), ann.name() + "/postings/1");
  EXPECT_EQ(posted.order(), "orders/r1");
  EXPECT_EQ(posted.balance_after(), 30);
  server_.Recorded(Order("r2", "ann", 12));
  EXPECT_THAT(server_.Statement("ann"),
              ElementsAre("EARN 12 42 orders/r2", "EARN 30 30 orders/r1"));
  server_.ExpectBooksBalance();
}

TEST_F(CustomerFeedTest, WhoOnlyReturnsIsNoMember) {
  server_.Recorded(LoyaltyServer::MakeReturn("r1", "ann", 30, "unknown", kOne));
  EXPECT_THAT(server_.Lookup("ann"), HasReason("MEMBER_NOT_FOUND"));
  server_.Recorded(Order("r2", "", 30));
  EXPECT_THAT(server_.NewEvents(), IsEmpty());
}

TEST_F(CustomerFeedTest, TheSameReceiptEarnsOnce) {
  const auto order = Order("r1", "ann", 30);
  server_.Recorded(order);
  server_.NewEvents();
  server_.Recorded(order);
  auto renamed = order;
  renamed.set_order("orders/other");
  server_.Recorded(renamed);
  EXPECT_THAT(server_.NewEvents(), IsEmpty());
  EXPECT_EQ(server_.MemberOf("ann").balance(), 30);
}

// PrestaShop loyalty#23, erpnext#32951: a return takes back what the returned part had earned.
TEST_F(CustomerFeedTest, ReturnsTakeBackInProportion) {
  server_.Recorded(Order("r1", "ann", 30));
  server_.Recorded(LoyaltyServer::MakeReturn("r2", "ann", 10, "r1", kOne / 3));
  EXPECT_EQ(server_.MemberOf("ann").balance(), 21) << "9.99999 of 30 points, rounded down";
  server_.Recorded(LoyaltyServer::MakeReturn("r3", "", 20, "r1", kOne - kOne / 3));
  EXPECT_THAT(server_.Statement("ann"),
              ElementsAre("RETURN -21 0 orders/r1 by orders/r3",
                          "RETURN -9 21 orders/r1 by orders/r2", "EARN 30 30 orders/r1"));
  server_.ExpectBooksBalance();
}

// odoo#257854: buying and returning must not leave points, whatever minimum the rule has.
TEST_F(CustomerFeedTest, NothingIsLeftOfWhatWasReturned) {
  v1::UpdateEarningRuleRequest request;
  request.mutable_earning_rule()->set_name("earningRules/base");
  request.mutable_earning_rule()->set_minimum_amount_micros(20 * kOne);
  ASSERT_OK(server_.Call(&LoyaltyServer::Programmes::UpdateEarningRule, request));
  for (int i = 0; i < 5; ++i) {
    const std::string sold = absl::StrCat("s", i);
    server_.Recorded(Order(sold, "ann", 30));
    for (int part = 0; part < 10; ++part) {
      server_.Recorded(
          LoyaltyServer::MakeReturn(absl::StrCat(sold, "-", part), "ann", 3, sold, kOne / 10));
    }
  }
  EXPECT_EQ(server_.MemberOf("ann").balance(), 0);
  server_.ExpectBooksBalance();
}

TEST_F(CustomerFeedTest, WhatCannotBeCoveredIsOwed) {
  server_.Recorded(Order("r1", "ann", 30));
  v1::AdjustPointsRequest spend;
  spend.set_member(server_.MemberOf("ann").name());
  spend.set_points(-25);
  spend.set_reason_code("SPENT");
  ASSERT_OK(server_.Call(&LoyaltyServer::Members::AdjustPoints, spend));
  server_.Recorded(LoyaltyServer::MakeReturn("r2", "ann", 30, "r1", kOne));
  EXPECT_EQ(server_.MemberOf("ann").balance(), -25);
  server_.ExpectBooksBalance();
  server_.Recorded(Order("r3", "ann", 40));
  EXPECT_EQ(server_.MemberOf("ann").balance(), 15);
  server_.ExpectBooksBalance();
}

TEST_F(CustomerFeedTest, AReturnMayComeBeforeWhatItReturns) {
  server_.Recorded(Order("r0", "ann", 1));
  server_.Recorded(LoyaltyServer::MakeReturn("r2", "ann", 30, "r1", kOne));
  EXPECT_EQ(server_.MemberOf("ann").balance(), 1);
  server_.Recorded(Order("r1", "ann", 30));
  EXPECT_EQ(server_.MemberOf("ann").balance(), 1);
  server_.ExpectBooksBalance();
}

TEST_F(CustomerFeedTest, ChangesAndCancellations) {
  server_.Recorded(Order("r1", "ann", 30));
  server_.Changed(Order("r1", "ann", 50));
  server_.Recorded(Order("r0", "bob", 1));
  server_.Changed(Order("r1", "bob", 50));
  EXPECT_THAT(server_.Statement("ann"),
              ElementsAre("CORRECTION -50 0 orders/r1", "CORRECTION 20 50 orders/r1",
                          "EARN 30 30 orders/r1"));
  server_.Cancelled(Order("r1", "bob", 50));
  EXPECT_THAT(server_.Statement("bob"), ElementsAre("CANCELLATION -50 1 orders/r1",
                                                    "EARN 50 51 orders/r1", "EARN 1 1 orders/r0"));
  server_.ExpectBooksBalance();
}

TEST_F(CustomerFeedTest, ADeletedCustomersMembershipEnds) {
  server_.Recorded(Order("r1", "ann", 30));
  server_.NewEvents();
  customer::v1::CustomerDeleted deleted;
  deleted.set_customer("customers/ann");
  ASSERT_OK(server_.Follow(deleted));
  ASSERT_OK(server_.Follow(deleted));
  EXPECT_THAT(server_.NewEvents(),
              ElementsAre("points_posted customers/ann", "member_closed customers/ann"));
  EXPECT_EQ(server_.MemberOf("ann").state(), v1::Member::STATE_CLOSED);
  EXPECT_THAT(server_.Statement("ann"), ElementsAre("CLOSE -30 0 ", "EARN 30 30 orders/r1"));
  server_.Changed(Order("r1", "", 30));
  server_.Recorded(Order("r2", "ann", 7));
  EXPECT_EQ(server_.MemberOf("ann").balance(), 0);
  server_.ExpectBooksBalance();
}

TEST_F(CustomerFeedTest, WhoIsErasedLeavesNoTrace) {
  server_.Recorded(Order("r1", "ann", 30));
  const std::string member = server_.MemberOf("ann").name();
  server_.NewEvents();
  customer::v1::ErasureRequested erasure;
  erasure.set_erasure("erasures/e1");
  erasure.set_customer("customers/ann");
  ASSERT_OK(server_.Follow(erasure));
  server_.AwaitErasures();
  EXPECT_THAT(server_.NewEvents(),
              ElementsAre("points_posted customers/ann", "member_closed customers/ann",
                          "erasure_confirmed customers/ann"));
  EXPECT_EQ(server_.NewestEvent<v1::ErasureConfirmed>().erasure(), "erasures/e1");
  EXPECT_THAT(server_.Lookup("ann"), HasReason("MEMBER_NOT_FOUND"));
  v1::GetMemberRequest request;
  request.set_name(member);
  ASSERT_OK_AND_ASSIGN(const auto left, server_.Call(&LoyaltyServer::Members::GetMember, request));
  EXPECT_EQ(left.customer(), "");
  EXPECT_EQ(left.balance(), 0);
  ASSERT_OK(server_.Follow(erasure)) << "it may come again";
  server_.AwaitErasures();
  EXPECT_THAT(server_.NewEvents(), ElementsAre("erasure_confirmed customers/ann"));
  server_.Changed(Order("r1", "", 30));
  server_.ExpectBooksBalance();
}

// The answers to both calls name the customer, and are kept for repeats.
TEST_F(CustomerFeedTest, WhoIsErasedIsInNoReply) {
  using Members = LoyaltyServer::Members;
  constexpr char kCustomer[] = "customers/06g1x7k3vq8s5e0h4m2n9p1r3t";
  v1::EnrolMemberRequest enrol;
  enrol.set_customer(kCustomer);
  enrol.set_request_id("enrol-ann");
  ASSERT_OK_AND_ASSIGN(const auto member, server_.Call(&Members::EnrolMember, enrol));
  v1::CloseMemberRequest close;
  close.set_name(member.name());
  close.set_request_id("close-ann");
  ASSERT_OK(server_.Call(&Members::CloseMember, close));
  customer::v1::ErasureRequested erasure;
  erasure.set_erasure("erasures/e1");
  erasure.set_customer(kCustomer);
  ASSERT_OK(server_.Follow(erasure));
  server_.AwaitErasures();
  EXPECT_THAT(server_.Call(&Members::EnrolMember, enrol), HasReason("REPLY_ERASED"));
  EXPECT_THAT(server_.Call(&Members::CloseMember, close), HasReason("REPLY_ERASED"));
}

// A till that enrols late, an order that was parked when the erasure came.
TEST_F(CustomerFeedTest, WhoIsErasedIsNotMadeAMemberAgain) {
  customer::v1::ErasureRequested erasure;
  erasure.set_erasure("erasures/e1");
  for (const bool was_known : {true, false}) {
    const std::string customer =
        was_known ? "06g1x7k3vq8s5e0h4m2n9p1r3t" : "06g1x7k3vq8s5e0h4m2n9p1r3v";
    if (was_known) server_.Recorded(Order("r1", customer, 30));
    erasure.set_customer("customers/" + customer);
    ASSERT_OK(server_.Follow(erasure));
    server_.AwaitErasures();
    server_.NewEvents();
    v1::EnrolMemberRequest enrol;
    enrol.set_customer("customers/" + customer);
    EXPECT_THAT(server_.Call(&LoyaltyServer::Members::EnrolMember, enrol),
                HasReason("CUSTOMER_ERASED"));
    server_.Recorded(Order("late-" + customer, customer, 7));
    EXPECT_THAT(server_.Lookup(customer), HasReason("MEMBER_NOT_FOUND"));
    EXPECT_THAT(server_.NewEvents(), IsEmpty());
  }
  EXPECT_OK(server_.server().store().Read([](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(
        const auto named,
        db.Sql("SELECT COUNT(*) FROM holder WHERE customer IS NOT NULL").First<int64_t>());
    EXPECT_EQ(named, 0);
    return absl::OkStatus();
  }));
  server_.ExpectBooksBalance();
}

TEST_F(CustomerFeedTest, TheBaseCurrencyIsLearned) {
  customer::v1::CompanySettingsUpdated settings;
  settings.set_base_currency("GBP");
  ASSERT_OK(server_.Follow(settings));
  v1::GetProgrammeRequest request;
  request.set_name("programmes/main");
  ASSERT_OK_AND_ASSIGN(const auto programme,
                       server_.Call(&LoyaltyServer::Programmes::GetProgramme, request));
  EXPECT_EQ(programme.base_currency(), "GBP");
}

TEST_F(CustomerFeedTest, AnOrderThatCannotBeOneIsRefused) {
  customer::v1::OrderRecorded event;
  *event.mutable_order() = Order("r1", "ann", 30);
  event.mutable_order()->clear_source();
  EXPECT_THAT(server_.Follow(event), HasReason("ORDER_UNREADABLE"));
  for (const int64_t quantity : {int64_t{0}, int64_t{-1}, INT64_MIN}) {
    *event.mutable_order() = Order("r1", "ann", 30);
    event.mutable_order()->mutable_lines(0)->set_quantity_micros(quantity);
    EXPECT_THAT(server_.Follow(event), HasReason("ORDER_UNREADABLE")) << quantity;
    *event.mutable_order() = LoyaltyServer::MakeReturn("r1", "ann", 30, "r0", kOne);
    event.mutable_order()->mutable_lines(0)->mutable_return_links(0)->set_quantity_micros(quantity);
    EXPECT_THAT(server_.Follow(event), HasReason("ORDER_UNREADABLE")) << quantity;
  }
  server_.Recorded(Order("r1", "ann", 30));
}

// What a rebuild reads of an order says the same as its events did.
TEST(ReadOrderTest, ResourcesSayWhatEventsSay) {
  const auto order = Parse<customer::v1::Order>(R"(
      name: "orders/o1" source: "till" receipt_number: "r1" customer: "customers/ann"
      order_time { seconds: 1672531200 } store: "a" state: STATE_CANCELLED exchange_rate: "0.5"
      base_totals { amount { currency_code: "EUR" } }
      lines { line_id: "l1" type: TYPE_SALE kind: KIND_CHARGE quantity_micros: 2000000
              amount_micros: 7 }
      lines { line_id: "l2" type: TYPE_RETURN quantity_micros: 3000000 amount_micros: 9000000
              return_links { order: "orders/o0" line_id: "x" quantity_micros: 1000000 } })");
  const auto facts = Parse<customer::v1::OrderFacts>(R"(
      order: "orders/o1" source: "till" receipt_number: "r1" customer: "customers/ann"
      order_time { seconds: 1672531200 } store: "a"
      base_totals { amount { currency_code: "EUR" } }
      lines { line_id: "l1" type: TYPE_SALE kind: KIND_CHARGE quantity_micros: 2000000
              base_amount_micros: 4 }
      lines { line_id: "l2" type: TYPE_RETURN quantity_micros: 3000000 base_amount_micros: 4500000
              return_links { order: "orders/o0" line_id: "x" quantity_micros: 1000000 } })");
  ASSERT_OK_AND_ASSIGN(const OrderFacts a, ReadOrder(order));
  ASSERT_OK_AND_ASSIGN(const OrderFacts b, ReadFacts(facts));
  EXPECT_TRUE(a.is_cancelled);
  EXPECT_EQ(a.order_id, b.order_id);
  EXPECT_EQ(a.order_id, "o1");
  EXPECT_EQ(a.customer_id, "ann");
  EXPECT_EQ(a.order_time, b.order_time);
  ASSERT_EQ(a.lines.size(), 2);
  ASSERT_EQ(b.lines.size(), 2);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(a.lines[i].amount_micros, b.lines[i].amount_micros);
    EXPECT_EQ(a.lines[i].is_sale, i == 0);
    EXPECT_EQ(a.lines[i].kind, i == 0 ? LineKind::kCharge : LineKind::kProduct);
    EXPECT_EQ(a.lines[i].links, b.lines[i].links);
  }
  EXPECT_THAT(a.lines[1].links, ElementsAre(SoldPart{"o0", "x", kOne}));
}

}  // namespace
}  // namespace regulars::loyalty
