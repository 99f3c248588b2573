#include "customer-svc/domain/order_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

constexpr int64_t kMillion = 1'000'000;
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Order MakeOrder() {
  Order order{.source = "till",
              .receipt_number = "4711",
              .order_time = kNow,
              .store = "leeds-2",
              .till = "7",
              .staff = "A. 12",
              .channel = "store",
              .country = "GB",
              .currency = "GBP"};
  order.lines = {
      {.item = "cup", .quantity_micros = 2 * kMillion, .unit_price_micros = 5 * kMillion},
      {.type = LineType::kReturn, .item = "jug", .quantity_micros = kMillion}};
  return order;
}

struct Case {
  const char* name;
  void (*change)(Order&);
};

const Case kGood[] = {
    {"as it is", [](Order&) {}},
    {"next to nothing", [](Order& o) { o.store = o.till = o.staff = o.channel = o.country = ""; }},
    {"the first moment", [](Order& o) { o.order_time = absl::UnixEpoch(); }},
    {"a till ahead of us", [](Order& o) { o.order_time = kNow + absl::Hours(24); }},
    {"long texts",
     [](Order& o) {
       o.receipt_number = std::string(100, 'x');
       o.till = "";
       for (int i = 0; i < 64; ++i) o.till += "é";
       for (int i = 0; i < 500; ++i) o.lines[0].description += "漢";
     }},
    {"line feeds and quotes in a description",
     [](Order& o) { o.lines[0].description = "a\n\"b\"\t"; }},
    {"a discount of all of it", [](Order& o) { o.lines[0].discount_micros = 10 * kMillion; }},
    {"the most of everything",
     [](Order& o) {
       o.lines[0].quantity_micros = kMaxOrderMicros;
       o.lines[0].unit_price_micros = kMillion;
       o.lines[0].discount_micros = o.lines[0].tax_micros = kMaxOrderMicros;
       o.lines[1].quantity_micros = kMillion;
       o.lines[1].unit_price_micros = kMaxOrderMicros;
     }},
    {"a voucher",
     [](Order& o) {
       o.lines[0].kind = LineKind::kCharge;
       o.lines[0].unit_price_micros = -5 * kMillion;
       o.lines[0].tax_micros = -kMillion;
     }},
    {"as many lines as may be",
     [](Order& o) { o.lines.resize(kMaxOrderLines, OrderLine(o.lines[0])); }},
    {"a return of an order by name",
     [](Order& o) { o.lines[1].return_of = LineReference{.order_id = "06g", .line_id = "1"}; }},
    {"a European country", [](Order& o) { o.country = "EU"; }},
};

TEST(OrderCheckTest, GoodOrdersPass) {
  for (const Case& test : kGood) {
    Order order = MakeOrder();
    test.change(order);
    EXPECT_OK(PrepareOrder(order, kNow)) << test.name;
    const Order once = order;
    EXPECT_OK(PrepareOrder(order, kNow)) << test.name;
    EXPECT_TRUE(SameContent(once, order)) << test.name << ": twice is once";
  }
}

struct BadCase {
  const char* name;
  void (*change)(Order&);
  const char* reason;
  const char* field;
};

const BadCase kBad[] = {
    {"no source", [](Order& o) { o.source = ""; }, "INVALID_SOURCE", "source"},
    {"upper-case source", [](Order& o) { o.source = "Till"; }, "INVALID_SOURCE", "source"},
    {"long source", [](Order& o) { o.source = std::string(65, 'a'); }, "INVALID_SOURCE", "source"},
    {"no receipt number", [](Order& o) { o.receipt_number = ""; }, "INVALID_RECEIPT_NUMBER",
     "receipt_number"},
    {"long receipt number", [](Order& o) { o.receipt_number = std::string(101, '1'); },
     "INVALID_RECEIPT_NUMBER", "receipt_number"},
    {"NUL", [](Order& o) { o.receipt_number = std::string("1\0", 2); }, "INVALID_RECEIPT_NUMBER",
     "receipt_number"},
    {"not UTF-8", [](Order& o) { o.lines[0].description = "\xff"; }, "INVALID_DESCRIPTION",
     "lines[0].description"},
    {"before 1970", [](Order& o) { o.order_time = absl::UnixEpoch() - absl::Microseconds(1); },
     "ORDER_TIME_OUT_OF_RANGE", "order_time"},
    {"no time", [](Order& o) { o.order_time = absl::InfinitePast(); }, "ORDER_TIME_MISSING",
     "order_time"},
    {"the day after tomorrow",
     [](Order& o) { o.order_time = kNow + absl::Hours(24) + absl::Microseconds(1); },
     "ORDER_TIME_OUT_OF_RANGE", "order_time"},
    {"store with a blank", [](Order& o) { o.store = "leeds 2"; }, "INVALID_STORE", "store"},
    {"long till", [](Order& o) { o.till = std::string(65, 'x'); }, "INVALID_TILL", "till"},
    {"long staff", [](Order& o) { o.staff = std::string(65, 'x'); }, "INVALID_STAFF", "staff"},
    {"upper-case channel", [](Order& o) { o.channel = "WEB"; }, "INVALID_CHANNEL", "channel"},
    {"no country of this world", [](Order& o) { o.country = "QQ"; }, "INVALID_COUNTRY", "country"},
    {"lower-case currency", [](Order& o) { o.currency = "gbp"; }, "INVALID_CURRENCY",
     "currency_code"},
    {"no currency", [](Order& o) { o.currency = ""; }, "INVALID_CURRENCY", "currency_code"},
    {"no lines", [](Order& o) { o.lines.clear(); }, "LINES_MISSING", "lines"},
    {"too many lines", [](Order& o) { o.lines.resize(kMaxOrderLines + 1); }, "TOO_MANY_LINES",
     "lines"},
    {"long line id", [](Order& o) { o.lines[1].line_id = std::string(101, 'x'); },
     "INVALID_LINE_ID", "lines[1].line_id"},
    {"a line id twice", [](Order& o) { o.lines[0].line_id = o.lines[1].line_id = "1"; },
     "DUPLICATE_LINE_ID", "lines[1].line_id"},
    {"no item", [](Order& o) { o.lines[1].item = ""; }, "INVALID_ITEM", "lines[1].item"},
    {"long item", [](Order& o) { o.lines[1].item = std::string(101, 'x'); }, "INVALID_ITEM",
     "lines[1].item"},
    {"no quantity", [](Order& o) { o.lines[0].quantity_micros = 0; }, "INVALID_QUANTITY",
     "lines[0].quantity_micros"},
    {"negative quantity", [](Order& o) { o.lines[0].quantity_micros = INT64_MIN; },
     "INVALID_QUANTITY", "lines[0].quantity_micros"},
    {"a product below nothing", [](Order& o) { o.lines[0].unit_price_micros = -1; },
     "INVALID_PRICE", "lines[0].unit_price_micros"},
    {"a product that overflows", [](Order& o) { o.lines[0].unit_price_micros = INT64_MAX; },
     "AMOUNT_OVERFLOW", "lines[0].unit_price_micros"},
    {"a price of more than an order may come to",
     [](Order& o) {
       o.lines[0].quantity_micros = 1;
       o.lines[0].unit_price_micros = kMaxOrderMicros + 1;
     },
     "AMOUNT_OVERFLOW", "lines[0].unit_price_micros"},
    {"a charge of the least number there is",
     [](Order& o) {
       o.lines[0].kind = LineKind::kCharge;
       o.lines[0].quantity_micros = kMillion;
       o.lines[0].unit_price_micros = INT64_MIN;
     },
     "AMOUNT_OVERFLOW", "lines[0].unit_price_micros"},
    {"a line of more than an order may come to",
     [](Order& o) { o.lines[0].unit_price_micros = kMaxOrderMicros / 2 + 1; }, "AMOUNT_OVERFLOW",
     "lines[0].unit_price_micros"},
    {"more pieces than there are",
     [](Order& o) {
       o.lines[0].quantity_micros = kMaxOrderMicros + 1;
       o.lines[0].unit_price_micros = 0;
     },
     "AMOUNT_OVERFLOW", "lines[0].quantity_micros"},
    {"more tax than an order may come to",
     [](Order& o) { o.lines[0].tax_micros = kMaxOrderMicros + 1; }, "AMOUNT_OVERFLOW",
     "lines[0].tax_micros"},
    {"negative discount", [](Order& o) { o.lines[0].discount_micros = -1; }, "INVALID_DISCOUNT",
     "lines[0].discount_micros"},
    {"a discount of more than all",
     [](Order& o) { o.lines[0].discount_micros = 10 * kMillion + 1; }, "INVALID_DISCOUNT",
     "lines[0].discount_micros"},
    {"a discount on a voucher",
     [](Order& o) {
       o.lines[0].kind = LineKind::kCharge;
       o.lines[0].unit_price_micros = -5;
       o.lines[0].discount_micros = 1;
     },
     "INVALID_DISCOUNT", "lines[0].discount_micros"},
    {"negative tax", [](Order& o) { o.lines[0].tax_micros = -1; }, "INVALID_TAX",
     "lines[0].tax_micros"},
    {"a sale that returns", [](Order& o) { o.lines[0].return_of = LineReference{"06g"}; },
     "INVALID_RETURN_OF", "lines[0].return_of"},
    {"a return of nothing", [](Order& o) { o.lines[1].return_of = LineReference{}; },
     "INVALID_RETURN_OF", "lines[1].return_of"},
    {"a return of two orders",
     [](Order& o) {
       o.lines[1].return_of = LineReference{"06g", "till", "1"};
     },
     "INVALID_RETURN_OF", "lines[1].return_of"},
};

TEST(OrderCheckTest, BadOrdersAreRefusedWithTheirField) {
  for (const BadCase& test : kBad) {
    Order order = MakeOrder();
    test.change(order);
    const absl::Status status = PrepareOrder(order, kNow);
    EXPECT_THAT(status, testing::StatusIs(absl::StatusCode::kInvalidArgument)) << test.name;
    EXPECT_THAT(status, testing::HasReason(test.reason)) << test.name;
    ASSERT_FALSE(GetErrorDetails(status).violations.empty()) << test.name;
    EXPECT_EQ(GetErrorDetails(status).violations[0].field, test.field) << test.name;
  }
}

TEST(OrderCheckTest, TextsAreRefusedForWhatIsWrongWithThem) {
  struct {
    const char* name;
    std::string text;
    const char* in_description;
    const char* in_till;
  } const cases[] = {
      {"escape", "a\x1b", "holds a control character other than tabs and line ends",
       "holds a control character"},
      {"bell", "\a", "holds a control character other than tabs and line ends",
       "holds a control character"},
      {"delete", "a\x7f", "holds a control character other than tabs and line ends",
       "holds a control character"},
      {"next line", "a\xc2\x85", "holds a control character other than tabs and line ends",
       "holds a control character"},
      {"not UTF-8", "\x80", "is not UTF-8", "is not UTF-8"},
      {"long", std::string(501, 'x'), "must be at most 500 characters",
       "must be at most 64 characters"},
  };
  for (const auto& c : cases) {
    Order order = MakeOrder();
    order.till = order.lines[0].description = c.text;
    const ErrorDetails details = GetErrorDetails(PrepareOrder(order, kNow));
    ASSERT_EQ(details.violations.size(), 2) << c.name;
    EXPECT_EQ(details.violations[0].description, c.in_till) << c.name;
    EXPECT_EQ(details.violations[1].description, c.in_description) << c.name;
  }
}

TEST(OrderCheckTest, AllFieldsAtFaultAreNamed) {
  Order order = MakeOrder();
  order.store = "!";
  order.currency = "x";
  order.lines[1].quantity_micros = 0;
  const ErrorDetails details = GetErrorDetails(PrepareOrder(order, kNow));
  ASSERT_EQ(details.violations.size(), 3);
  EXPECT_EQ(details.violations[1].field, "currency_code");
  EXPECT_EQ(details.violations[2].field, "lines[1].quantity_micros");
}

TEST(OrderCheckTest, AReferenceWithoutASourceMeansTheReturnsOwn) {
  Order order = MakeOrder();
  order.lines[1].return_of = LineReference{.receipt_number = "4700"};
  ASSERT_OK(PrepareOrder(order, kNow));
  EXPECT_EQ(order.lines[1].return_of->source, "till");
}

}  // namespace
}  // namespace regulars::customer
