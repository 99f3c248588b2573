// What each line of an order file becomes, and how the lines of a receipt make an order.
#include "customer-svc/domain/order_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/domain/receipt_rows.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;

const absl::Time kNow = absl::FromCivil(absl::CivilDay(2024, 1, 1), absl::UTCTimeZone());

OrderLineOptions Shop() {
  return {.columns = {"InvoiceNo=receipt_number", "StockCode=item", "Quantity=quantity",
                      "InvoiceDate=time", "UnitPrice=unit_price", "CustomerID=customer",
                      "Country=country"},
          .source = "retail",
          .customer_system = "retail",
          .integer_customer_ids = true,
          .return_receipt_prefix = "C",
          .negative_quantity = NegativeQuantity::kIgnore,
          .charge_items = {"POST", "Bank Charges"},
          .charge_item_prefixes = {"gift_"},
          .ignored_items = {"B"},
          .country_names = {"EIRE=IE", "Unspecified="}};
}

OrderRows MakeRows(const OrderLineOptions& options, const std::string& header) {
  auto reading = ReadOrderOptions(options, CompanySettings());
  EXPECT_OK(reading);
  auto rows = OrderRows::Make(*std::move(reading), absl::StrSplit(header, '|'), kNow);
  EXPECT_OK(rows);
  return *std::move(rows);
}

constexpr char kHeader[] = "InvoiceNo|StockCode|Quantity|InvoiceDate|UnitPrice|CustomerID|Country";

std::string Show(const OrderRow& row) {
  return absl::StrCat(row.receipt, " ", row.line.type == LineType::kReturn ? "return" : "sale",
                      row.line.kind == LineKind::kCharge ? " charge " : " ", row.line.item, " ",
                      row.line.quantity_micros, " ", row.line.unit_price_micros, " ", row.customer,
                      " ", row.country);
}

// What becomes of a line: itself, "ignored: REASON" or "REASON column".
std::string Read(OrderRows& rows, const std::string& line) {
  OrderRow row;
  const std::vector<absl::string_view> fields = absl::StrSplit(line, '|');
  const RowFate fate = rows.Read(fields, row);
  if (const auto* ignored = std::get_if<RowIgnored>(&fate)) {
    return absl::StrCat("ignored: ", ignored->reason);
  }
  if (const auto* refusal = std::get_if<Refusal>(&fate)) {
    EXPECT_FALSE(refusal->message.empty()) << line;
    return absl::StrCat(refusal->reason, " ", refusal->column);
  }
  return Show(row);
}

struct LineCase {
  const char* name;
  const char* line;
  const char* fate;
};

const LineCase kLines[] = {
    {"a sale", "536365|85123A|6|2010-12-01 08:26:00|2.55|17850.0|United Kingdom",
     "536365 sale 85123A 6000000 2550000 17850 GB"},
    {"a return", "C536379|85123A|-6|2010-12-01 09:41:00|2.55|14527.0|EIRE",
     "C536379 return 85123A 6000000 2550000 14527 IE"},
    {"a return written positive", "C1|A|6|2010-12-01|1|1|GB", "C1 return A 6000000 1000000 1 GB"},
    {"case of the prefix matters", "c1|A|6|2010-12-01|1|1|GB", "c1 sale A 6000000 1000000 1 GB"},
    {"nobody", "1|A|1|2010-12-01|1||Unspecified", "1 sale A 1000000 1000000  "},
    {"a charge, case ignored", "1|post|1|2010-12-01|18|1|GB",
     "1 sale charge post 1000000 18000000 1 GB"},
    {"a charge by its beginning", "1|GIFT_0001_10|1|2010-12-01|10|1|GB",
     "1 sale charge GIFT_0001_10 1000000 10000000 1 GB"},
    {"a zero price", "1|A|1|2010-12-01|0|1|GB", "1 sale A 1000000 0 1 GB"},
    {"a negative charge", "1|BANK CHARGES|1|2010-12-01|-5|1|GB",
     "1 sale charge BANK CHARGES 1000000 -5000000 1 GB"},
    {"parts of a unit", "1|A|0.5|2010-12-01|1.25|1|GB", "1 sale A 500000 1250000 1 GB"},
    {"an ignored item, whatever else is wrong", "|b|x|y|-1|1|Narnia", "ignored: IGNORED_ITEM"},
    {"nothing sold", "1|A|0|2010-12-01|x|1|GB", "ignored: ZERO_QUANTITY"},
    {"a correction of stock", "1|A|-6|2010-12-01|0|1|GB", "ignored: STOCK_CORRECTION"},
    {"no receipt", "|A|1|2010-12-01|1|1|GB", "INVALID_RECEIPT_NUMBER InvoiceNo"},
    {"no item", "1||1|2010-12-01|1|1|GB", "INVALID_ITEM StockCode"},
    {"no quantity", "1|A||2010-12-01|1|1|GB", "INVALID_NUMBER Quantity"},
    {"a quantity in words", "1|A|six|2010-12-01|1|1|GB", "INVALID_NUMBER Quantity"},
    {"a quantity beyond 64 bits", "1|A|9223372036854775807|2010-12-01|1|1|GB",
     "INVALID_NUMBER Quantity"},
    {"no price", "1|A|1|2010-12-01||1|GB", "INVALID_NUMBER UnitPrice"},
    {"a price with a sign", "1|A|1|2010-12-01|$1|1|GB", "INVALID_NUMBER UnitPrice"},
    {"a negative price", "1|A|1|2010-12-01|-1|1|GB", "NEGATIVE_PRICE UnitPrice"},
    {"a negative price of a correction", "1|A|-1|2010-12-01|-1|1|GB", "NEGATIVE_PRICE UnitPrice"},
    {"an amount beyond 64 bits", "1|A|9000000|2010-12-01|9000000|1|GB",
     "AMOUNT_OVERFLOW UnitPrice"},
    {"no time", "1|A|1||1|1|GB", "INVALID_TIME InvoiceDate"},
    {"no such day", "1|A|1|2010-02-30|1|1|GB", "INVALID_TIME InvoiceDate"},
    {"a time to come", "1|A|1|2024-01-03|1|1|GB", "ORDER_TIME_OUT_OF_RANGE InvoiceDate"},
    {"a time before all", "1|A|1|1969-12-31|1|1|GB", "ORDER_TIME_OUT_OF_RANGE InvoiceDate"},
    {"a country that is none", "1|A|1|2010-12-01|1|1|Narnia", "UNKNOWN_COUNTRY Country"},
};

TEST(OrderRowsTest, EachLineMeetsItsFate) {
  OrderRows rows = MakeRows(Shop(), kHeader);
  for (const LineCase& test : kLines) EXPECT_EQ(Read(rows, test.line), test.fate) << test.name;
}

TEST(OrderRowsTest, LongTextsAreRefused) {
  OrderRows rows = MakeRows(Shop(), kHeader);
  const std::string a(101, 'a');
  EXPECT_EQ(Read(rows, a + "|A|1|2010-12-01|1|1|GB"), "INVALID_RECEIPT_NUMBER InvoiceNo");
  EXPECT_EQ(Read(rows, "1|" + a + "|1|2010-12-01|1|1|GB"), "INVALID_ITEM StockCode");
  EXPECT_EQ(Read(rows, "1|A|1|2010-12-01|1|" + a + a + "|GB"), "INVALID_EXTERNAL_ID CustomerID");
}

struct FaultCase {
  const char* path;
  const char* reason;
  bool by_email;
  const char* column;
  // -1: of all lines.
  int line;
};

TEST(OrderRowsTest, FaultsOfOrdersAreExplainedByTheirColumns) {
  const FaultCase faults[] = {
      {"customer", "RECEIPT_DIFFERS", false, "CustomerID", -1},
      {"customer", "RECEIPT_DIFFERS", true, "Mail", -1},
      {"external_ids", "TOO_MANY_EXTERNAL_IDS", false, "CustomerID", -1},
      {"country", "RECEIPT_DIFFERS", false, "Country", -1},
      {"currency_code", "FIELD_IMMUTABLE", false, "Money", -1},
      {"lines", "AMOUNT_OVERFLOW", false, "UnitPrice", -1},
      {"lines[7]", "AMOUNT_OVERFLOW", false, "UnitPrice", -1},
      {"lines[7].line_id", "DUPLICATE_LINE_ID", false, "LineNo", 7},
      {"lines", "TOO_MANY_LINES", false, "", -1},
      // The file has no such column.
      {"store", "STORE_NOT_ALLOWED", false, "", -1},
  };
  OrderLineOptions options = Shop();
  for (const char* pair : {"Mail=customer_email", "Money=currency", "LineNo=line_id"}) {
    options.columns.emplace_back(pair);
  }
  const OrderRows rows = MakeRows(options, absl::StrCat(kHeader, "|Mail|Money|LineNo"));
  for (const FaultCase& test : faults) {
    SCOPED_TRACE(test.path);
    const OrderRefusal explained =
        rows.Explain(FieldError(test.path, test.reason, "is wrong"), test.by_email);
    EXPECT_EQ(explained.refusal.reason, test.reason);
    EXPECT_EQ(explained.refusal.column, test.column);
    EXPECT_EQ(explained.line ? static_cast<int>(*explained.line) : -1, test.line);
    if (*test.column == '\0') continue;
    EXPECT_EQ(explained.refusal.message, absl::StrCat("'", test.column, "' is wrong"));
  }
  const OrderRefusal whole = rows.Explain(FailedPrecondition("RATE_NOT_FOUND", "no rate"), false);
  EXPECT_EQ(whole.refusal.column, "");
  EXPECT_EQ(whole.refusal.message, "no rate");
}

struct ModeCase {
  NegativeQuantity mode;
  const char* fate;
};

TEST(OrderRowsTest, NegativeQuantitiesMeanWhatTheOptionsSay) {
  const ModeCase modes[] = {
      {NegativeQuantity::kRefuse, "NEGATIVE_QUANTITY Quantity"},
      {NegativeQuantity::kIgnore, "ignored: STOCK_CORRECTION"},
      {NegativeQuantity::kReturn, "1 return A 2000000 1000000 1 GB"},
  };
  for (const ModeCase& test : modes) {
    OrderLineOptions options = Shop();
    options.negative_quantity = test.mode;
    OrderRows rows = MakeRows(options, kHeader);
    EXPECT_EQ(Read(rows, "1|A|-2|2010-12-01|1|1|GB"), test.fate);
    EXPECT_EQ(Read(rows, "C1|A|-2|2010-12-01|1|1|GB"), "C1 return A 2000000 1000000 1 GB");
  }
}

constexpr char kAllFields[] =
    "receipt_number|time|item|quantity|unit_price|line_id|description|discount|tax|customer|"
    "customer_email|country|store|till|staff|channel|currency";

TEST(OrderRowsTest, EveryFieldIsRead) {
  OrderRows rows = MakeRows({.source = "till", .customer_system = "card"}, kAllFields);
  OrderRow row;
  const std::vector<absl::string_view> fields = absl::StrSplit(
      "4711|2010-12-01T08:26:00Z|cup|2|2.50|7|A cup|0.50|0.75|17850.0|Ann@Example.com|GB|leeds|3|"
      "12|web|USD",
      '|');
  EXPECT_TRUE(std::holds_alternative<RowRead>(rows.Read(fields, row)));
  EXPECT_EQ(row.line.line_id, "7");
  EXPECT_EQ(row.line.description, "A cup");
  EXPECT_EQ(row.line.discount_micros, 500'000);
  EXPECT_EQ(row.line.tax_micros, 750'000);
  EXPECT_EQ(row.customer, "17850.0");
  EXPECT_EQ(row.email, "Ann@Example.com");
  EXPECT_EQ(row.store, "leeds");
  EXPECT_EQ(row.till, "3");
  EXPECT_EQ(row.staff, "12");
  EXPECT_EQ(row.channel, "web");
  EXPECT_EQ(row.currency, "USD");
}

// Each replaces one field of a line that is good otherwise.
struct FieldCase {
  size_t field;
  const char* text;
  const char* fate;
};

const FieldCase kFields[] = {
    {7, "x", "INVALID_NUMBER discount"},
    {7, "-1", "INVALID_DISCOUNT discount"},
    {7, "5.01", "INVALID_DISCOUNT discount"},
    {8, "x", "INVALID_NUMBER tax"},
    {8, "-1", "INVALID_TAX tax"},
    {10, "ann", "INVALID_EMAIL customer_email"},
    {12, "le eds", "INVALID_STORE store"},
    {15, "WEB", "INVALID_CHANNEL channel"},
    {16, "XXX", "INVALID_CURRENCY currency"},
    {16, "usd", "INVALID_CURRENCY currency"},
};

TEST(OrderRowsTest, EveryFieldIsChecked) {
  OrderRows rows = MakeRows({.source = "till", .customer_system = "card"}, kAllFields);
  for (const FieldCase& test : kFields) {
    std::vector<std::string> fields = absl::StrSplit("4711|2010-12-01|cup|2|2.50||||||||||||", '|');
    fields[test.field] = test.text;
    EXPECT_EQ(Read(rows, absl::StrJoin(fields, "|")), test.fate) << test.text;
  }
}

TEST(OrderRowsTest, DefaultsFillWhatLinesDoNotSay) {
  OrderRows rows =
      MakeRows({.source = "till", .currency = "USD", .store = "leeds", .channel = "shop"},
               "receipt_number|time|item|quantity|unit_price|store");
  OrderRow row;
  const std::vector<absl::string_view> bare = {"1", "2010-12-01", "cup", "1", "1", ""};
  EXPECT_TRUE(std::holds_alternative<RowRead>(rows.Read(bare, row)));
  EXPECT_EQ(row.currency, "USD");
  EXPECT_EQ(row.store, "leeds");
  EXPECT_EQ(row.channel, "shop");
  const std::vector<absl::string_view> own = {"1", "2010-12-01", "cup", "1", "1", "york"};
  EXPECT_TRUE(std::holds_alternative<RowRead>(rows.Read(own, row)));
  EXPECT_EQ(row.store, "york");
}

struct BadOptions {
  const char* name;
  std::function<void(OrderLineOptions&)> change;
  const char* reason;
};

const BadOptions kBadOptions[] = {
    {"no source", [](auto& o) { o.source = ""; }, "INVALID_OPTIONS"},
    {"a source that is none", [](auto& o) { o.source = "Till"; }, "INVALID_OPTIONS"},
    {"a system that is none", [](auto& o) { o.customer_system = "a b"; }, "INVALID_OPTIONS"},
    {"customers without a system", [](auto& o) { o.customer_system = ""; }, "INVALID_OPTIONS"},
    {"a currency", [](auto& o) { o.currency = "XXX"; }, "INVALID_OPTIONS"},
    {"a store", [](auto& o) { o.store = "a b"; }, "INVALID_OPTIONS"},
    {"a channel", [](auto& o) { o.channel = "A"; }, "INVALID_OPTIONS"},
    {"an empty charge", [](auto& o) { o.charge_items = {""}; }, "INVALID_OPTIONS"},
    {"an empty prefix", [](auto& o) { o.charge_item_prefixes = {""}; }, "INVALID_OPTIONS"},
    {"too many items", [](auto& o) { o.ignored_items.resize(10'001, "a"); }, "INVALID_OPTIONS"},
    {"a country", [](auto& o) { o.country_names = {"EIRE=XYZ"}; }, "INVALID_OPTIONS"},
    {"a field", [](auto& o) { o.columns.push_back("X=colour"); }, "UNKNOWN_FIELD"},
    {"a column", [](auto& o) { o.columns.push_back("X=till"); }, "MISSING_COLUMN"},
};

TEST(OrderRowsTest, OptionsThatCannotBeAreRefused) {
  for (const BadOptions& test : kBadOptions) {
    OrderLineOptions options = Shop();
    test.change(options);
    auto reading = ReadOrderOptions(options, CompanySettings());
    const absl::Status refused =
        reading.ok() ? OrderRows::Make(*reading, absl::StrSplit(kHeader, '|'), kNow).status()
                     : reading.status();
    EXPECT_THAT(refused, HasReason(test.reason)) << test.name;
  }
}

std::vector<OrderRow> ReadAll(OrderRows& rows, const std::vector<std::string>& lines) {
  std::vector<OrderRow> all;
  for (const std::string& line : lines) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, '|');
    EXPECT_TRUE(std::holds_alternative<RowRead>(rows.Read(fields, all.emplace_back()))) << line;
  }
  return all;
}

TEST(OrderRowsTest, AReceiptIsOneOrder) {
  OrderRows rows = MakeRows(Shop(), kHeader);
  const SortedReceipt sorted = SortReceipt(
      rows, ReadAll(rows, {"1|A|1|2010-12-01 09:00|1|7|GB", "1|B1|2|2010-12-01 08:00|1||",
                           "1|A|1|2010-12-01 09:00|1|7|GB"}));
  EXPECT_TRUE(sorted.refused.empty());
  EXPECT_EQ(sorted.order.source, "retail");
  EXPECT_EQ(sorted.order.receipt_number, "1");
  // The earliest line's time; the customer and country of those that say one.
  EXPECT_EQ(sorted.order.order_time,
            absl::FromCivil(absl::CivilHour(2010, 12, 1, 8), absl::UTCTimeZone()));
  EXPECT_EQ(sorted.customer, "7");
  EXPECT_EQ(sorted.order.country, "GB");
  ASSERT_EQ(sorted.order.lines.size(), 3u);
  EXPECT_EQ(sorted.order.lines[0].occurrence, 1);
  EXPECT_EQ(sorted.order.lines[1].occurrence, 1);
  EXPECT_EQ(sorted.order.lines[2].occurrence, 2);
}

TEST(OrderRowsTest, LinesThatDifferFromTheirReceiptAreRefused) {
  OrderRows rows = MakeRows({.source = "till", .customer_system = "card"}, kAllFields);
  // Each replaces one field of the receipt's second line.
  const FieldCase others[] = {
      {9, "8", "customer"},        {10, "bob@example.com", "customer_email"},
      {11, "FR", "country"},       {12, "york", "store"},
      {13, "4", "till"},           {14, "13", "staff"},
      {15, "phone", "channel"},    {16, "JPY", "currency"},
      {10, "ANN@example.com", ""}, {13, "", ""},
      {1, "2010-11-30", ""}};
  const std::string first =
      "1|2010-12-01|cup|1|1||||||||||||USD";  // Says none of the rest: the others do.
  const std::string line = "1|2010-12-01|cup|1|1|||||7|ann@example.com|GB|leeds|3|12|web|USD";
  for (const FieldCase& test : others) {
    std::vector<std::string> fields = absl::StrSplit(line, '|');
    fields[test.field] = test.text;
    const SortedReceipt sorted =
        SortReceipt(rows, ReadAll(rows, {first, line, absl::StrJoin(fields, "|"), line}));
    EXPECT_EQ(sorted.customer, "7");
    EXPECT_EQ(sorted.order.store, "leeds");
    EXPECT_EQ(sorted.order.currency, "USD");
    if (*test.fate == '\0') {
      EXPECT_EQ(sorted.kept.size(), 4u) << test.text;
      continue;
    }
    ASSERT_EQ(sorted.refused.size(), 1u) << test.fate;
    EXPECT_EQ(sorted.refused[0].first, 2u);
    EXPECT_EQ(sorted.refused[0].second.reason, "RECEIPT_DIFFERS");
    EXPECT_EQ(sorted.refused[0].second.column, test.fate);
    EXPECT_THAT(sorted.kept, ::testing::ElementsAre(0, 1, 3));
    EXPECT_EQ(sorted.order.lines[2].occurrence, 3);
  }
}

TEST(OrderRowsTest, PositiveLinesAmongNegativeOnesOfAReturnAreRefused) {
  OrderRows rows = MakeRows(Shop(), kHeader);
  const SortedReceipt sorted =
      SortReceipt(rows, ReadAll(rows, {"C1|A|1|2010-12-01|1|7|GB", "C1|B1|-2|2010-12-01|1|8|FR"}));
  ASSERT_EQ(sorted.refused.size(), 1u);
  EXPECT_EQ(sorted.refused[0].first, 0u);
  EXPECT_EQ(sorted.refused[0].second.reason, "POSITIVE_IN_RETURN");
  EXPECT_EQ(sorted.customer, "8");
}

TEST(OrderRowsTest, LinesAreKnownByTheirIds) {
  OrderRows rows =
      MakeRows({.source = "till"}, "receipt_number|time|item|quantity|unit_price|line_id");
  const SortedReceipt sorted =
      SortReceipt(rows, ReadAll(rows, {"1|2010-12-01|A|1|1|x", "1|2010-12-01|A|1|1|x",
                                       "1|2010-12-01|A|2|1|x", "1|2010-12-01|A|1|1|"}));
  EXPECT_THAT(sorted.kept, ::testing::ElementsAre(0, 3));
  EXPECT_THAT(sorted.repeated, ::testing::ElementsAre(1));
  ASSERT_EQ(sorted.refused.size(), 1u);
  EXPECT_EQ(sorted.refused[0].first, 2u);
  EXPECT_EQ(sorted.refused[0].second.reason, "DUPLICATE_LINE_ID");
}

}  // namespace
}  // namespace regulars::customer
