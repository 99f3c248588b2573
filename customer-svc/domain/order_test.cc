#include "customer-svc/domain/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "customer-svc/domain/order_check.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;
using ::testing::Field;

constexpr int64_t kMillion = 1'000'000;

OrderLine Sale(const std::string& item, int64_t quantity, int64_t price) {
  return {.item = item, .quantity_micros = quantity, .unit_price_micros = price};
}

Order MakeOrder(std::vector<OrderLine> lines) {
  Order order{.source = "till",
              .receipt_number = "4711",
              .order_time = absl::FromUnixSeconds(1'600'000'000),
              .currency = "GBP"};
  order.lines = std::move(lines);
  NameLines(order.lines);
  return order;
}

struct AmountCase {
  const char* name;
  int64_t quantity;
  int64_t price;
  int64_t discount;
  std::optional<int64_t> amount;
};

// quantity × price / 10⁶, half to even, by hand.
const AmountCase kAmounts[] = {
    {"six at 2.55", 6 * kMillion, 2'550'000, 0, 15'300'000},
    {"less a discount", 6 * kMillion, 2'550'000, 300'000, 15'000'000},
    {"0.350 kg at 12.99", 350'000, 12'990'000, 0, 4'546'500},
    {"half a millionth goes to even 0", 1, 500'000, 0, 0},
    {"one and a half goes to even 2", 3, 500'000, 0, 2},
    {"two and a half goes to even 2", 5, 500'000, 0, 2},
    {"just over the half goes up", 1, 500'001, 0, 1},
    {"minus half a millionth goes to even 0", 1, -500'000, 0, 0},
    {"minus one and a half goes to even -2", 3, -500'000, 0, -2},
    {"nothing for free", 12 * kMillion, 0, 0, 0},
    {"the largest", INT64_MAX, kMillion, 0, INT64_MAX},
    {"one more", INT64_MAX, kMillion + 1, 0, std::nullopt},
    {"the least", INT64_MAX, -kMillion, 0, -INT64_MAX},
    {"below the least", INT64_MAX, -kMillion, 2, std::nullopt},
};

TEST(OrderTest, AmountsAreExactAndRoundHalfToEven) {
  for (const AmountCase& test : kAmounts) {
    OrderLine line = Sale("x", test.quantity, test.price);
    line.discount_micros = test.discount;
    EXPECT_EQ(LineAmount(line), test.amount) << test.name;
  }
}

TEST(OrderTest, TotalsTakeReturnsOff) {
  Order order = MakeOrder({Sale("cup", 6 * kMillion, 2'550'000), Sale("tea", 350'000, 12'990'000),
                           Sale("cup", kMillion, 2'500'000), Sale("post", kMillion, 5'000'000),
                           Sale("voucher", kMillion, -3'000'000)});
  order.lines[0].discount_micros = 300'000;
  order.lines[0].tax_micros = 700'000;
  order.lines[2].type = LineType::kReturn;
  order.lines[2].discount_micros = 500'000;
  order.lines[2].tax_micros = 400'000;
  order.lines[3].kind = LineKind::kCharge;
  order.lines[4].kind = LineKind::kCharge;
  order.rate = *Rate::Parse("0.5");
  ASSERT_OK_AND_ASSIGN(const OrderFigures figures, WorkOutFigures(order));
  // 15.00 + 4.5465 + 5.00 - 3.00 sold, 2.00 taken back.
  EXPECT_EQ(figures.totals, (OrderTotals{21'546'500, 2'000'000, -200'000, 300'000}));
  EXPECT_EQ(figures.totals.amount_micros(), 19'546'500);
  EXPECT_EQ(figures.base_totals, (OrderTotals{10'773'250, 1'000'000, -100'000, 150'000}));
  EXPECT_EQ(figures.units_sold_micros, 6'350'000) << "charges are no units";
  EXPECT_EQ(figures.units_returned_micros, kMillion);
  EXPECT_EQ(figures.sale_lines, 4);
  EXPECT_EQ(figures.return_lines, 1);
  EXPECT_EQ(order.lines[1].amount_micros, 4'546'500);
  EXPECT_EQ(order.lines[1].base_amount_micros, 2'273'250);
}

TEST(OrderTest, BaseAmountsAreRoundedLineByLine) {
  // At 0.5 a line of 1, 3 or 5 millionths is 0.5, 1.5 or 2.5: rounded 0, 2 and 2; all of them at
  // once, 9, would be 4.5 and 4.
  Order order = MakeOrder({Sale("a", kMillion, 1), Sale("b", kMillion, 3), Sale("c", kMillion, 5)});
  order.rate = *Rate::Parse("0.5");
  ASSERT_OK_AND_ASSIGN(OrderFigures figures, WorkOutFigures(order));
  EXPECT_EQ(figures.base_totals.sales_micros, 4);
  // And of 1, 1, 1: nothing each, where 3 at once would be 1.5 and 2.
  order = MakeOrder({Sale("a", kMillion, 1), Sale("b", kMillion, 1), Sale("c", kMillion, 1)});
  order.rate = *Rate::Parse("0.5");
  ASSERT_OK_AND_ASSIGN(figures, WorkOutFigures(order));
  EXPECT_EQ(figures.base_totals.sales_micros, 0);
}

TEST(OrderTest, WhatDoesNotFitIsRefused) {
  OrderLine huge = Sale("gold", kMillion, INT64_MAX);
  OrderLine huge_return = huge;
  huge_return.type = LineType::kReturn;
  OrderLine huge_voucher = Sale("voucher", kMillion, -INT64_MAX);
  huge_voucher.kind = LineKind::kCharge;
  const std::vector<std::pair<const char*, Order>> cases = {
      {"two amounts", MakeOrder({huge, huge})},
      {"a difference", MakeOrder({huge_return, huge_voucher})},
      {"units", MakeOrder({Sale("air", INT64_MAX, 0), Sale("water", INT64_MAX, 0)})},
      {"one amount", MakeOrder({Sale("gold", INT64_MAX, INT64_MAX)})},
  };
  for (auto [name, order] : cases) {
    EXPECT_THAT(WorkOutFigures(order), HasReason("AMOUNT_OVERFLOW")) << name;
  }
  Order converted = MakeOrder({huge});
  EXPECT_OK(WorkOutFigures(converted));
  converted.rate = *Rate::Parse("1.1");
  EXPECT_THAT(WorkOutFigures(converted), HasReason("AMOUNT_OVERFLOW"));
}

TEST(OrderTest, WhatAnOrderComesToHasARange) {
  const OrderLine most = Sale("gold", kMillion, kMaxOrderMicros);
  OrderLine more = Sale("cup", kMillion, 1);
  OrderLine least = Sale("voucher", kMillion, -kMaxOrderMicros);
  least.kind = more.kind = LineKind::kCharge;
  OrderLine taxed = Sale("cup", kMillion, 0);
  taxed.tax_micros = kMaxOrderMicros;
  struct {
    const char* name;
    std::vector<OrderLine> lines;
    const char* rate;
    bool good;
  } const cases[] = {
      {"the most", {most}, "1", true},
      {"the least", {least}, "1", true},
      {"the most less a voucher", {most, most, least}, "1", true},
      {"a millionth more", {most, more}, "1", false},
      {"too much in the base currency", {most}, "1.000001", false},
      {"too much tax", {taxed, taxed}, "1", false},
      {"too many pieces",
       {Sale("air", kMaxOrderMicros, 0), Sale("water", kMaxOrderMicros, 0)},
       "1",
       false},
  };
  for (const auto& c : cases) {
    Order order = MakeOrder(c.lines);
    order.rate = *Rate::Parse(c.rate);
    ASSERT_OK_AND_ASSIGN(const OrderFigures figures, WorkOutFigures(order));
    if (c.good) {
      EXPECT_OK(CheckRange(figures)) << c.name;
    } else {
      EXPECT_THAT(CheckRange(figures), HasReason("AMOUNT_OVERFLOW")) << c.name;
    }
  }
}

TEST(OrderTest, LineIdsFollowFromContentAndOccurrence) {
  OrderLine heart = Sale("85123A", 6 * kMillion, 2'550'000);
  heart.description = "WHITE HANGING HEART T-LIGHT HOLDER";
  OrderLine post = Sale("POST", kMillion, 18 * kMillion);
  post.type = LineType::kReturn;
  post.kind = LineKind::kCharge;
  post.tax_micros = -5;
  OrderLine stand = Sale("22423", kMillion, 12'750'000);
  stand.type = LineType::kReturn;
  stand.description = "x";
  stand.discount_micros = 250'000;
  stand.return_of = LineReference{.source = "till", .receipt_number = "4711"};
  OrderLine named = heart;
  named.line_id = "7";
  std::vector<OrderLine> lines = {heart, post, heart, named, stand};
  NameLines(lines);
  // FNV-1a and SplitMix64 worked out by a program of its own. They must never change: returns refer
  // to them.
  EXPECT_THAT(lines, ElementsAre(Field(&OrderLine::line_id, "f2m8dws2ht8cw-1"),
                                 Field(&OrderLine::line_id, "6ggb4mhnn50kh-1"),
                                 Field(&OrderLine::line_id, "f2m8dws2ht8cw-2"),
                                 Field(&OrderLine::line_id, "7"),
                                 Field(&OrderLine::line_id, "eygyfkw7cmkd4-1")));
  heart.occurrence = 5;
  heart.sequence = 77;
  lines = {heart};
  NameLines(lines);
  EXPECT_EQ(lines[0].line_id, "f2m8dws2ht8cw-5") << "the sender counts; the row is no content";
}

TEST(OrderTest, ContentIsWhatCallersSet) {
  const Order order = MakeOrder({Sale("cup", kMillion, 5), Sale("jug", kMillion, 7)});
  Order same = order;
  same.id = "other";
  same.state = OrderState::kCancelled;
  same.rate = *Rate::Parse("3");
  same.lines[1].sequence = 9;
  same.lines[1].amount_micros = 9;
  EXPECT_TRUE(SameContent(order, same));
  const std::pair<const char*, void (*)(Order&)> changes[] = {
      {"buyer",
       [](Order& o) {
         o.buyer = Buyer{1, "x"};
       }},
      {"time", [](Order& o) { o.order_time += absl::Microseconds(1); }},
      {"store", [](Order& o) { o.store = "s"; }},
      {"till", [](Order& o) { o.till = "s"; }},
      {"staff", [](Order& o) { o.staff = "s"; }},
      {"channel", [](Order& o) { o.channel = "web"; }},
      {"country", [](Order& o) { o.country = "GB"; }},
      {"tax", [](Order& o) { o.tax_included = true; }},
      {"line sequence", [](Order& o) { std::swap(o.lines[0], o.lines[1]); }},
      {"fewer lines", [](Order& o) { o.lines.pop_back(); }},
      {"description", [](Order& o) { o.lines[0].description = "s"; }},
      {"line tax", [](Order& o) { o.lines[0].tax_micros = 1; }},
      {"reference", [](Order& o) { o.lines[0].return_of = LineReference{}; }},
  };
  for (const auto& [name, change] : changes) {
    Order other = order;
    change(other);
    EXPECT_FALSE(SameContent(order, other)) << name;
  }
}

TEST(OrderTest, AddingLinesAgainAddsNothing) {
  const OrderLine cup = Sale("cup", kMillion, 5);
  Order order = MakeOrder({cup});
  Order more = MakeOrder({cup, cup, Sale("jug", kMillion, 7)});
  more.order_time -= absl::Hours(1);
  EXPECT_THAT(AddLines(order, more), testing::IsOkAndHolds(2));
  EXPECT_EQ(order.lines.size(), 3);
  EXPECT_EQ(order.order_time, more.order_time);
  more.order_time -= absl::Hours(1);
  EXPECT_THAT(AddLines(order, more), testing::IsOkAndHolds(0));
  EXPECT_EQ(order.order_time, more.order_time + absl::Hours(1)) << "nothing new, nothing moves";
}

TEST(OrderTest, AddingLinesHasItsLimits) {
  Order order = MakeOrder({Sale("cup", kMillion, 5)});
  Order other = MakeOrder({Sale("cup", kMillion, 6)});
  other.lines[0].line_id = order.lines[0].line_id;
  EXPECT_THAT(AddLines(order, other), HasReason("DUPLICATE_LINE_ID"));
  Order many = MakeOrder(std::vector<OrderLine>(kMaxOrderLines, Sale("jug", kMillion, 6)));
  EXPECT_THAT(AddLines(order, many), HasReason("TOO_MANY_LINES"));
  many.lines.pop_back();
  EXPECT_THAT(AddLines(order, many), testing::IsOkAndHolds(kMaxOrderLines - 1));
}

TEST(OrderTest, PlacesInFilesOutliveACorrection) {
  Order before = MakeOrder({Sale("cup", kMillion, 5), Sale("jug", kMillion, 7)});
  before.lines[0].sequence = 12;
  before.lines[1].sequence = 11;
  EXPECT_EQ(SequenceOf(before), 11);
  Order after = MakeOrder({Sale("jug", kMillion, 7), Sale("pot", kMillion, 7)});
  KeepSequences(before, after);
  EXPECT_EQ(after.lines[0].sequence, 11);
  EXPECT_EQ(after.lines[1].sequence, 0);
}

}  // namespace
}  // namespace regulars::customer
