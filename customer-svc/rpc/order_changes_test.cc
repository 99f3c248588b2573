// What a change of an order costs, and what it refuses before it writes.
#include "customer-svc/rpc/order_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/order_list.h"
#include "customer-svc/store/purchases.h"
#include "customer-svc/store/schema.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;

constexpr int64_t kMillion = 1'000'000;
const absl::Time kStart = absl::FromUnixSeconds(1'600'000'000);

class OrderChangesTest : public ::testing::Test {
 protected:
  OrderChangesTest() {
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto made,
                            CreateBareCustomer(tx, {.system = "shop", .external_id = "1"}));
      buyer_ = Buyer{made.key, made.id};
      return absl::OkStatus();
    }));
  }

  Order MakeOrder(int receipt, int64_t price = kMillion) const {
    Order order{.source = "till",
                .receipt_number = absl::StrCat(receipt),
                .buyer = buyer_,
                .order_time = kStart + absl::Hours(receipt),
                .country = "GB",
                .currency = "EUR"};
    order.lines = {{.item = "cup", .quantity_micros = kMillion, .unit_price_micros = price}};
    return order;
  }

  // Applies orders in one change, each of which must be taken.
  void Apply(const std::vector<Order>& orders) {
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
      for (const Order& order : orders) {
        ABSL_RETURN_IF_ERROR(ApplyOrder(tx, context, order, ApplyMode::kReplace).status());
      }
      return absl::OkStatus();
    }));
  }

  // Rows written by one order, and how it ended.
  std::pair<int64_t, absl::Status> RowsWritten(const Order& order,
                                               ApplyMode mode = ApplyMode::kReplace) {
    std::pair<int64_t, absl::Status> result;
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
      ABSL_ASSIGN_OR_RETURN(const auto before, tx.Sql("SELECT total_changes()").First<int64_t>());
      result.second = ApplyOrder(tx, context, order, mode).status();
      ABSL_ASSIGN_OR_RETURN(const auto after, tx.Sql("SELECT total_changes()").First<int64_t>());
      result.first = *after - *before;
      EXPECT_TRUE(result.second.ok() || tx.events().empty());
      return absl::OkStatus();
    }));
    return result;
  }

  PurchaseSummary Purchases() {
    PurchaseSummary summary;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(summary, purchases::Load(db, buyer_.key));
      return absl::OkStatus();
    }));
    return summary;
  }

  testing::TempStore store_{CustomerMigrations()};
  Buyer buyer_;
};

TEST_F(OrderChangesTest, AnOrderTouchesItsOwnRowsHoweverManyThereAre) {
  Apply({MakeOrder(0)});
  // The order, its line, what is left of it, the day, the summary.
  EXPECT_EQ(RowsWritten(MakeOrder(24)).first, 5);
  std::vector<Order> orders;
  for (int i = 25; i < 1000; ++i) orders.push_back(MakeOrder(i));
  Apply(orders);
  EXPECT_EQ(RowsWritten(MakeOrder(1000)).first, 5);
  EXPECT_EQ(Purchases().figures.order_count, 978);
  // A correction: the order, its line and what is left of it taken out and put in, the day, the
  // summary.
  EXPECT_EQ(RowsWritten(MakeOrder(500, 2 * kMillion)).first, 7);
  EXPECT_EQ(Purchases().figures.sales_micros, 979 * kMillion);
}

TEST_F(OrderChangesTest, TheSameOrderAgainWritesNothing) {
  for (const ApplyMode mode : {ApplyMode::kReplace, ApplyMode::kAddLines}) {
    const Order order = MakeOrder(static_cast<int>(mode));
    EXPECT_GT(RowsWritten(order, mode).first, 0);
    EXPECT_EQ(RowsWritten(order, mode).first, 0);
  }
}

TEST_F(OrderChangesTest, LinesAreAddedToTheReceiptWhereverTheyStand) {
  Order part = MakeOrder(1);
  part.lines[0].sequence = 7;
  ASSERT_OK(RowsWritten(part, ApplyMode::kAddLines).second);
  part.staff = "12";
  part.buyer.reset();
  part.order_time -= absl::Hours(2);
  part.lines[0].sequence = 9;
  part.lines[0].occurrence = 2;
  ASSERT_OK(RowsWritten(part, ApplyMode::kAddLines).second);
  EXPECT_EQ(RowsWritten(part, ApplyMode::kAddLines).first, 0);
  EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto stored, orders::FindByReceipt(db, "till", "1"));
    EXPECT_EQ(stored->order.lines.size(), 2);
    EXPECT_EQ(stored->order.order_time, part.order_time) << "the earlier one";
    EXPECT_EQ(stored->order.staff, "12") << "what nobody has said before";
    EXPECT_EQ(stored->order.buyer, buyer_);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Purchases().first_order_time, part.order_time);
}

TEST_F(OrderChangesTest, RefusalsComeBeforeAnythingIsWritten) {
  Apply({MakeOrder(1), MakeOrder(2)});
  EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
    ABSL_ASSIGN_OR_RETURN(const auto stored, orders::FindByReceipt(tx, "till", "2"));
    return CancelRecordedOrder(tx, context, *stored);
  }));
  Order other_currency = MakeOrder(1);
  other_currency.currency = "USD";
  Order unknown_currency = MakeOrder(3);
  unknown_currency.currency = "USD";
  Order cancelled = MakeOrder(2);
  cancelled.staff = "12";
  Order faulty = MakeOrder(3);
  faulty.lines.clear();
  Order too_large = MakeOrder(3, kMaxOrderMicros);
  too_large.lines.push_back(too_large.lines[0]);
  const std::pair<const char*, Order> cases[] = {
      {"AMOUNT_OVERFLOW", too_large},
      {"FIELD_IMMUTABLE", other_currency},
      {"RATE_NOT_FOUND", unknown_currency},
      {"ORDER_CANCELLED", cancelled},
      {"LINES_MISSING", faulty},
  };
  for (const auto& [reason, order] : cases) {
    const auto [rows, status] = RowsWritten(order);
    EXPECT_THAT(status, HasReason(reason));
    EXPECT_EQ(rows, 0) << reason;
  }
  EXPECT_EQ(Purchases().figures.sales_micros, kMillion);
}

TEST_F(OrderChangesTest, AnOrderMayTakeTheCustomersFiguresToTheEdge) {
  constexpr int kOrders = kMaxFiguresMicros / kMaxOrderMicros;
  std::vector<Order> orders;
  for (int i = 0; i < kOrders; ++i) orders.push_back(MakeOrder(i, kMaxOrderMicros));
  Apply(orders);
  EXPECT_EQ(Purchases().figures.sales_micros, kMaxFiguresMicros);
  const auto [rows, status] = RowsWritten(MakeOrder(kOrders, 1));
  EXPECT_THAT(status, HasReason("AMOUNT_OVERFLOW"));
  EXPECT_EQ(rows, 0);
  // What it said before makes room for what it says now.
  EXPECT_OK(RowsWritten(MakeOrder(2, kMaxOrderMicros - 1)).second);
  EXPECT_OK(RowsWritten(MakeOrder(kOrders, 1)).second);
}

// Figures that were recorded before there was a limit may be corrected, as far as they shrink.
TEST_F(OrderChangesTest, FiguresBeyondTheEdgeMayComeCloser) {
  constexpr int64_t kOld = kMaxFiguresMicros + 3 * kMillion;
  Apply({MakeOrder(1), MakeOrder(2)});
  EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE purchase_summary SET sales_micros = ?", kOld).Run());
    return tx.Sql("UPDATE purchase_day SET sales_micros = ?", kOld).Run();
  }));
  EXPECT_THAT(RowsWritten(MakeOrder(3)).second, HasReason("AMOUNT_OVERFLOW"));
  EXPECT_THAT(RowsWritten(MakeOrder(2, kMillion + 1)).second, HasReason("AMOUNT_OVERFLOW"));
  EXPECT_OK(RowsWritten(MakeOrder(2, kMillion - 1)).second);
  EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
    ABSL_ASSIGN_OR_RETURN(const auto stored, orders::FindByReceipt(tx, "till", "1"));
    return CancelRecordedOrder(tx, context, *stored);
  }));
  EXPECT_EQ(Purchases().figures.sales_micros, kOld - kMillion - 1);
}

TEST_F(OrderChangesTest, ACustomerIsMadeWithTheOrderOrNotAtAll) {
  const customers::BareCustomer bare{.system = "shop", .external_id = "2"};
  const auto apply = [&](const Order& order) {
    return store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
      return ApplyOrder(tx, context, order, ApplyMode::kReplace, &bare).status();
    });
  };
  // The recorded order leaves its customer for the new one.
  Apply({MakeOrder(1)});
  Order order = MakeOrder(1);
  order.buyer.reset();
  ASSERT_OK(apply(order));
  EXPECT_EQ(Purchases(), PurchaseSummary());
  EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto made, customers::FindByExternalId(db, "shop", "2"));
    ABSL_ASSIGN_OR_RETURN(const PurchaseSummary summary, purchases::Load(db, made->key));
    EXPECT_EQ(summary.figures.order_count, 1);
    EXPECT_EQ(made->country, "GB");
    return absl::OkStatus();
  }));
}

TEST_F(OrderChangesTest, AListThatFindsLittleGoesOnOnTheNextPage) {
  std::vector<Order> orders;
  for (int i = 0; i < 10'100; ++i) orders.push_back(MakeOrder(i));
  orders[3].staff = "12";
  Apply(orders);
  v1::ListOrdersRequest request;
  request.set_filter("staff = \"12\"");
  EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(v1::ListOrdersResponse page, ListOrders(db, request));
    EXPECT_EQ(page.orders_size(), 0) << "it is among the last";
    request.set_page_token(page.next_page_token());
    ABSL_ASSIGN_OR_RETURN(page, ListOrders(db, request));
    EXPECT_EQ(page.orders_size(), 1);
    EXPECT_EQ(page.next_page_token(), "");
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace regulars::customer
