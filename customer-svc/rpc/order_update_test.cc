// Recorded orders change: by mask, by cancellation, by another upsert.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/order_server.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(OrderServiceTest, UpdateChangesWhatTheMaskNames) {
  const v1::Customer ann = MakeCustomer(R"(given_name: "Ann")");
  v1::Order order = MustCreate("1", R"(till: "7" staff: "12" country: "GB")");
  order.set_till("8");
  order.set_staff("");
  ASSERT_OK_AND_ASSIGN(v1::Order now, Update(order, {"till", "etag", "totals.amount"}));
  EXPECT_EQ(now.till(), "8");
  EXPECT_EQ(now.staff(), "12");
  EXPECT_NE(now.etag(), order.etag());
  // Without a mask, what is set.
  v1::Order claim;
  claim.set_name(order.name());
  claim.set_customer(ann.name());
  ASSERT_OK_AND_ASSIGN(now, Update(claim, {}));
  EXPECT_EQ(now.customer(), ann.name());
  EXPECT_EQ(now.lines_size(), 1);
  EXPECT_EQ(GetCustomer(ann.name()).purchases().order_count(), 1);
  EXPECT_EQ(GetCustomer(ann.name()).country(), "GB");
  // All: what is not set is cleared, but for what cannot be.
  v1::Order all = MakeOrder("1", R"(lines { item: "jug" quantity_micros: 1000000 })");
  all.clear_currency_code();
  all.set_name(order.name());
  ASSERT_OK_AND_ASSIGN(now, Update(all, {"*"}));
  EXPECT_EQ(now.till() + now.staff() + now.country() + now.customer(), "");
  EXPECT_EQ(now.lines_size(), 2);
  EXPECT_EQ(GetCustomer(ann.name()).purchases().order_count(), 0);
  EXPECT_EQ(GetCustomer(ann.name()).country(), "");
}

TEST_F(OrderServiceTest, UpdateThatSaysNothingNewChangesNothing) {
  const v1::Order order = MustCreate("1", R"(till: "7")");
  const int64_t position = Position();
  ASSERT_OK_AND_ASSIGN(const v1::Order now, Update(order, {"*"}));
  EXPECT_EQ(now.etag(), order.etag());
  EXPECT_THAT(server_.EventsAfter(position), IsEmpty());
}

TEST_F(OrderServiceTest, UpdateRefusals) {
  const v1::Order order = MustCreate("1");
  v1::Order other = order;
  other.set_source("shop");
  EXPECT_THAT(Update(other, {"source"}), HasReason("FIELD_IMMUTABLE"));
  EXPECT_THAT(Update(other, {}), HasReason("FIELD_IMMUTABLE"));
  other = order;
  other.set_currency_code("USD");
  EXPECT_THAT(Update(other, {"*"}), HasReason("FIELD_IMMUTABLE"));
  other = order;
  other.clear_lines();
  EXPECT_THAT(Update(other, {"lines"}), HasReason("LINES_MISSING"));
  EXPECT_THAT(Update(order, {"colour"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Update(order, {"lines.item"}), HasReason("INVALID_UPDATE_MASK"));
  other = order;
  other.clear_order_time();
  EXPECT_THAT(Update(other, {"order_time"}), HasReason("ORDER_TIME_MISSING"));
  other = order;
  other.set_name("orders/06g");
  EXPECT_THAT(Update(other, {}), HasReason("ORDER_NOT_FOUND"));
  other = order;
  other.set_till("8");
  ASSERT_OK(Update(other, {"till"}));
  other.set_till("9");
  const absl::Status stale = Update(other, {"till"}).status();
  EXPECT_THAT(stale, HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(stale, StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK(Cancel(order.name()));
  other.clear_etag();
  EXPECT_THAT(Update(other, {"till"}), HasReason("ORDER_CANCELLED"));
}

TEST_F(OrderServiceTest, AnUpsertOverWhatSomebodyElseChangedIsAborted) {
  const v1::Order first = MustCreate("1");
  v1::Order mine = MakeOrder("1", "till: '8'");
  mine.set_etag(first.etag());
  ASSERT_OK_AND_ASSIGN(const auto changed, Upsert(mine));
  EXPECT_NE(changed.order().etag(), first.etag());
  v1::Order stale = MakeOrder("1", "till: '9'");
  stale.set_etag(first.etag());
  EXPECT_THAT(Upsert(stale), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Upsert(stale), StatusIs(absl::StatusCode::kAborted));
  v1::BatchUpsertOrdersRequest batch;
  *batch.add_orders() = stale;
  *batch.add_orders() = MakeOrder("2");
  ASSERT_OK_AND_ASSIGN(const auto results, server_.Call(&Orders::BatchUpsertOrders, batch));
  EXPECT_EQ(results.results(0).outcome(), type::v1::UPSERT_OUTCOME_REFUSED);
  EXPECT_EQ(results.results(1).outcome(), type::v1::UPSERT_OUTCOME_CREATED);
  stale.set_etag(changed.order().etag());
  EXPECT_OK(Upsert(stale));
  stale.set_receipt_number("3");
  EXPECT_OK(Upsert(stale)) << "nothing that anybody could have changed";
}

TEST_F(OrderServiceTest, ACancelledOrderCountsNowhere) {
  const v1::Customer ann = MakeCustomer(R"(given_name: "Ann")");
  const v1::Order order = MustCreate("1", absl::StrCat("customer: '", ann.name(), "'"));
  EXPECT_THAT(Cancel(order.name(), "\"0\""), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Cancel("orders/06g"), HasReason("ORDER_NOT_FOUND"));
  const int64_t position = Position();
  ASSERT_OK_AND_ASSIGN(const v1::Order cancelled, Cancel(order.name(), order.etag()));
  EXPECT_EQ(cancelled.state(), v1::Order::STATE_CANCELLED);
  EXPECT_TRUE(cancelled.has_cancel_time());
  EXPECT_EQ(cancelled.totals().amount().micros(), 2'500'000);
  EXPECT_EQ(GetCustomer(ann.name()).purchases().order_count(), 0);
  EXPECT_EQ(server_.Count("purchase_summary") + server_.Count("purchase_day"), 0);
  ASSERT_OK_AND_ASSIGN(const v1::Order again, Cancel(order.name(), cancelled.etag()));
  EXPECT_EQ(again.SerializeAsString(), cancelled.SerializeAsString());
  EXPECT_THAT(server_.EventsAfter(position), ElementsAre("order_cancelled " + ann.name()));
}

TEST_F(OrderServiceTest, UpsertMakesTheRecordedOrderSayTheSame) {
  const v1::Customer ann = MakeCustomer(R"(given_name: "Ann")");
  ASSERT_OK_AND_ASSIGN(
      v1::UpsertOrderResponse response,
      Upsert(MakeOrder("1", absl::StrCat("till: '7' customer: '", ann.name(), "'"))));
  EXPECT_EQ(response.outcome(), type::v1::UPSERT_OUTCOME_CREATED);
  const std::string name = response.order().name();
  // The customer stays although the new content names none.
  ASSERT_OK_AND_ASSIGN(response, Upsert(MakeOrder("1", "till: '8'")));
  EXPECT_EQ(response.outcome(), type::v1::UPSERT_OUTCOME_UPDATED);
  EXPECT_EQ(response.order().customer(), ann.name());
  EXPECT_EQ(response.order().till(), "8");
  const int64_t position = Position();
  ASSERT_OK_AND_ASSIGN(response, Upsert(MakeOrder("1", "till: '8'")));
  EXPECT_EQ(response.outcome(), type::v1::UPSERT_OUTCOME_UNCHANGED);
  EXPECT_EQ(response.order().name(), name);
  EXPECT_THAT(server_.EventsAfter(position), IsEmpty());
  EXPECT_THAT(Upsert(MakeOrder("1", "currency_code: 'USD'")), HasReason("FIELD_IMMUTABLE"));
  ASSERT_OK(Cancel(name));
  ASSERT_OK_AND_ASSIGN(response, Upsert(MakeOrder("1", "till: '8'")));
  EXPECT_EQ(response.outcome(), type::v1::UPSERT_OUTCOME_UNCHANGED);
  EXPECT_EQ(response.order().state(), v1::Order::STATE_CANCELLED);
  EXPECT_THAT(Upsert(MakeOrder("1", "till: '9'")), HasReason("ORDER_CANCELLED"));
}

}  // namespace
}  // namespace regulars::customer
