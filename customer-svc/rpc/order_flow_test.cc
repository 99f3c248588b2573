// Shipments, invoices and payments of orders: by whom they come, and what they leave alone.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/order_server.h"

namespace regulars::customer {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::regulars::testing::HasReason;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kFlow[] = R"(
  shipments { shipment_id: "s1" carrier: "dhl" tracking_number: "00340"
              promise_time { seconds: 1672700000 } ship_time { seconds: 1672600000 } }
  shipments { shipment_id: "s2" deliver_time { seconds: 1672650000 nanos: 1000 } }
  invoices { invoice_number: "2023-1" amount_micros: 2500000 issue_time { seconds: 1672531200 }
             due_time { seconds: 1675123200 } }
  payments { payment_id: "p1" method: "transfer" amount_micros: 2500000 invoice_number: "2023-1"
             due_time { seconds: 1675123200 } paid_time { seconds: 1675000000 } })";

void ExpectSameFlow(const v1::Order& a, const v1::Order& b) {
  v1::Order flows[2];
  const v1::Order* orders[] = {&a, &b};
  for (int i = 0; i < 2; ++i) {
    *flows[i].mutable_shipments() = orders[i]->shipments();
    *flows[i].mutable_invoices() = orders[i]->invoices();
    *flows[i].mutable_payments() = orders[i]->payments();
  }
  EXPECT_TRUE(MessageDifferencer::Equals(flows[0], flows[1]))
      << flows[0].DebugString() << flows[1].DebugString();
}

TEST_F(OrderServiceTest, FlowIsStoredAndTold) {
  const v1::Order made = MustCreate("1", kFlow);
  ASSERT_OK_AND_ASSIGN(const v1::Order got, Get(made.name()));
  ExpectSameFlow(got, MakeOrder("1", kFlow));
  const auto event = server_.NewestEvent<v1::OrderRecorded>();
  ASSERT_THAT(event.order().shipments(), SizeIs(2));
  EXPECT_EQ(event.order().shipments(0).promise_time().seconds(), 1672700000);
  EXPECT_EQ(event.order().shipments(0).carrier(), "dhl");
  EXPECT_EQ(event.order().invoices(0).due_time().seconds(), 1675123200);
  EXPECT_FALSE(event.order().invoices(0).has_paid_time());
  EXPECT_EQ(event.order().payments(0).paid_time().seconds(), 1675000000);
}

TEST_F(OrderServiceTest, AnUpdateReplacesTheListsThatItNames) {
  const v1::Order made = MustCreate("1", kFlow);
  v1::Order change;
  change.set_name(made.name());
  *change.add_invoices() = made.invoices(0);
  change.mutable_invoices(0)->mutable_paid_time()->set_seconds(1675000000);
  ASSERT_OK_AND_ASSIGN(v1::Order now, Update(change, {"invoices"}));
  EXPECT_TRUE(now.invoices(0).has_paid_time());
  EXPECT_THAT(now.shipments(), SizeIs(2));
  EXPECT_NE(now.etag(), made.etag());
  const auto event = server_.NewestEvent<v1::OrderChanged>();
  EXPECT_EQ(event.order().invoices(0).paid_time().seconds(), 1675000000);
  change.clear_invoices();
  ASSERT_OK_AND_ASSIGN(now, Update(change, {"shipments"}));
  EXPECT_THAT(now.shipments(), IsEmpty());
  EXPECT_THAT(now.payments(), SizeIs(1));
  EXPECT_EQ(server_.Count("order_shipment"), 0);
}

TEST_F(OrderServiceTest, AnUpsertThatNamesNoneLeavesThem) {
  const v1::Order made = MustCreate("1", kFlow);
  const int64_t position = Position();
  ASSERT_OK_AND_ASSIGN(auto again, Upsert(MakeOrder("1")));
  EXPECT_EQ(again.outcome(), type::v1::UPSERT_OUTCOME_UNCHANGED);
  EXPECT_EQ(Position(), position);
  ASSERT_OK_AND_ASSIGN(again, Upsert(MakeOrder("1", "shipments { shipment_id: 's9' }")));
  EXPECT_EQ(again.outcome(), type::v1::UPSERT_OUTCOME_UPDATED);
  EXPECT_THAT(again.order().shipments(), SizeIs(1));
  EXPECT_THAT(again.order().payments(), SizeIs(1));
}

TEST_F(OrderServiceTest, FaultyFlowIsRefusedWithItsField) {
  struct Case {
    const char* text;
    const char* reason;
    const char* field;
  };
  for (const Case& c : {
           Case{"shipments { carrier: 'dhl' }", "INVALID_SHIPMENT_ID",
                "order.shipments[0].shipment_id"},
           Case{"payments { payment_id: 'p' }", "INVALID_AMOUNT",
                "order.payments[0].amount_micros"},
           Case{"invoices { invoice_number: '1' due_time { nanos: -1 } }", "INVALID_TIME",
                "order.invoices[0].due_time"},
           Case{"invoices { invoice_number: '1' } invoices { invoice_number: '1' }",
                "DUPLICATE_INVOICE_NUMBER", "order.invoices[1].invoice_number"},
       }) {
    const auto refused = Create(MakeOrder("1", c.text));
    EXPECT_THAT(refused, HasReason(c.reason)) << c.text;
    EXPECT_EQ(GetErrorDetails(refused.status()).violations.at(0).field, c.field);
  }
  EXPECT_EQ(server_.Count("customer_order"), 0);
}

}  // namespace
}  // namespace regulars::customer
