#include "customer-svc/domain/order_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "customer-svc/domain/order_check.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxItems = 10'000;
constexpr size_t kMaxItemLength = 100;
constexpr size_t kMaxReceiptLength = 100;
constexpr size_t kMaxCustomerLength = 200;
// Texts of the country column that are remembered.
constexpr size_t kMaxKnownCountries = 4096;
// Most of a column's name that a message shows.
constexpr size_t kMaxLabelBytes = 64;

absl::StatusOr<std::vector<std::string>> FoldItems(const std::vector<std::string>& items,
                                                   absl::string_view field) {
  if (items.size() > kMaxItems) {
    return OptionError(field, absl::StrCat("must be at most ", kMaxItems));
  }
  std::vector<std::string> folded;
  folded.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].empty() || !IsText(items[i], kMaxItemLength)) {
      return OptionError(absl::StrCat(field, "[", i, "]"),
                         "must be 1 to 100 characters, none of them a control character");
    }
    folded.push_back(FoldCase(items[i]));
  }
  return folded;
}

absl::Status CheckDefaults(const OrderLineOptions& options) {
  if (!IsSystem(options.source)) {
    return OptionError("source", "must be 1 to 64 lower-case letters, digits, '-', '_', '.'");
  }
  if (!options.customer_system.empty() && !IsSystem(options.customer_system)) {
    return OptionError("customer_system",
                       "must be at most 64 lower-case letters, digits, '-', '_', '.'");
  }
  if (!options.currency.empty() && !IsCurrency(options.currency)) {
    return OptionError("currency_code", "is not an ISO 4217 code in upper case");
  }
  if (!options.store.empty() && !IsStoreId(options.store)) {
    return OptionError("store", "must be at most 64 letters, digits, '-', '_', '.'");
  }
  if (!options.channel.empty() && !IsSystem(options.channel)) {
    return OptionError("channel", "must be at most 64 lower-case letters, digits, '-', '_', '.'");
  }
  if (!IsText(options.return_receipt_prefix, kMaxReceiptLength)) {
    return OptionError("return_receipt_prefix",
                       WhyNoText(options.return_receipt_prefix, kMaxReceiptLength));
  }
  return absl::OkStatus();
}

// The field of a file that a path of PrepareOrder's speaks of.
absl::string_view FieldOfPath(absl::string_view path) {
  absl::ConsumePrefix(&path, "lines[0].");
  if (path == "order_time") return "time";
  if (path == "currency_code") return "currency";
  if (path == "lines[0]") return "unit_price";
  absl::ConsumeSuffix(&path, "_micros");
  return path;
}

// Takes "lines[3]." from the front of a path; the path stays where there is nothing behind it.
std::optional<size_t> TakeLine(absl::string_view& path) {
  absl::string_view rest = path;
  size_t line = 0;
  if (!absl::ConsumePrefix(&rest, "lines[")) return std::nullopt;
  const size_t end = rest.find("].");
  if (end == absl::string_view::npos || !absl::SimpleAtoi(rest.substr(0, end), &line)) {
    return std::nullopt;
  }
  path = rest.substr(end + 2);
  return line;
}

// The field of a file that a fault of a whole order is one of; "" if it is none.
absl::string_view FieldOfFault(absl::string_view path, absl::string_view reason, bool by_email) {
  if (path == "customer" || path == "external_ids" || path == "emails") {
    return by_email || path == "emails" ? "customer_email" : "customer";
  }
  // Of what the prices come to, whichever line was the last that fitted.
  if (reason == "AMOUNT_OVERFLOW") return "unit_price";
  const absl::string_view field = FieldOfPath(path);
  return OrderColumnRules().is_field(field) ? field : "";
}

}  // namespace

const std::array<absl::string_view, OrderRows::kFields> OrderRows::kFieldNames = {
    "receipt_number", "time",     "item",  "quantity", "unit_price",     "line_id",
    "description",    "discount", "tax",   "customer", "customer_email", "country",
    "store",          "till",     "staff", "channel",  "currency"};

const ColumnRules& OrderColumnRules() {
  static const ColumnRules& rules =
      *new ColumnRules{.is_field =
                           [](absl::string_view name) {
                             const auto& names = OrderRows::kFieldNames;
                             return std::find(names.begin(), names.end(), name) != names.end();
                           },
                       .may_repeat = nullptr,
                       .needed = {"receipt_number", "time", "item", "quantity", "unit_price"}};
  return rules;
}

absl::StatusOr<OrderReading> ReadOrderOptions(const OrderLineOptions& options,
                                              const CompanySettings& settings) {
  ABSL_RETURN_IF_ERROR(CheckDefaults(options));
  OrderReading reading{
      .source = options.source,
      .customer_system = options.customer_system,
      .integer_customer_ids = options.integer_customer_ids,
      .currency = options.currency.empty() ? settings.base_currency : options.currency,
      .store = options.store,
      .channel = options.channel,
      .tax_included = options.tax_included,
      .return_receipt_prefix = options.return_receipt_prefix,
      .negative_quantity = options.negative_quantity};
  ABSL_ASSIGN_OR_RETURN(reading.format, ReadFormat(options.csv, settings.zone));
  ABSL_ASSIGN_OR_RETURN(reading.mapping, ReadMapping(options.columns, OrderColumnRules()));
  ABSL_ASSIGN_OR_RETURN(reading.countries, CountryNames::Read(options.country_names));
  ABSL_ASSIGN_OR_RETURN(const auto charges, FoldItems(options.charge_items, "charge_items"));
  reading.charge_items.insert(charges.begin(), charges.end());
  ABSL_ASSIGN_OR_RETURN(reading.charge_item_prefixes,
                        FoldItems(options.charge_item_prefixes, "charge_item_prefixes"));
  ABSL_ASSIGN_OR_RETURN(const auto ignored, FoldItems(options.ignored_items, "ignored_items"));
  reading.ignored_items.insert(ignored.begin(), ignored.end());
  return reading;
}

absl::StatusOr<OrderRows> OrderRows::Make(OrderReading reading,
                                          const std::vector<std::string>& header, absl::Time now) {
  ABSL_ASSIGN_OR_RETURN(Columns columns, FindColumns(reading.mapping, OrderColumnRules(), header));
  if (reading.customer_system.empty() && columns.Of(kFieldNames[kCustomer])) {
    return OptionError("customer_system", "is needed where a column holds customer ids");
  }
  return OrderRows(std::move(reading), std::move(columns), now);
}

OrderRows::OrderRows(OrderReading reading, Columns columns, absl::Time now)
    : reading_(std::move(reading)), columns_(std::move(columns)), now_(now) {
  for (size_t i = 0; i < kFields; ++i) {
    const std::optional<size_t> column = columns_.Of(kFieldNames[i]);
    column_[i] = column ? static_cast<int>(*column) : -1;
  }
  probe_.source = reading_.source;
  probe_.lines.resize(1);
}

Refusal OrderRows::Refuse(absl::string_view field, absl::string_view reason,
                          absl::string_view what) const {
  const std::string column = columns_.NameOf(field);
  const std::string label = column.empty()
                                ? std::string(field)
                                : absl::StrCat("'", EscapeForLog(column, kMaxLabelBytes), "'");
  return {
      .reason = std::string(reason), .column = column, .message = absl::StrCat(label, " ", what)};
}

OrderRefusal OrderRows::Explain(const absl::Status& error, bool by_email) const {
  const ErrorDetails details = GetErrorDetails(error);
  OrderRefusal explained{
      .refusal = {.reason = details.reason, .message = std::string(error.message())}};
  if (details.violations.empty()) return explained;
  const FieldViolation& first = details.violations.front();
  absl::string_view path = first.field;
  explained.line = TakeLine(path);
  const absl::string_view field = FieldOfFault(path, details.reason, by_email);
  if (!field.empty()) explained.refusal = Refuse(field, details.reason, first.description);
  return explained;
}

std::optional<Refusal> OrderRows::ReadNumber(absl::Span<const absl::string_view> fields,
                                             Field field, int64_t& micros) const {
  const absl::StatusOr<int64_t> read = reading_.format.ParseMicros(Text(fields, field));
  if (!read.ok()) return RefuseField(field, "INVALID_NUMBER", read.status().message());
  micros = *read;
  return std::nullopt;
}

std::optional<Refusal> OrderRows::ReadTime(absl::string_view text, absl::Time& time) {
  if (text.empty() || text != last_time_text_) {
    const std::optional<absl::Time> read = reading_.format.ParseTime(text);
    if (!read) {
      return RefuseField(
          kTime, "INVALID_TIME",
          reading_.format.time_format.empty()
              ? "is no time such as '2010-12-01 08:26:00'"
              : absl::StrCat("is no time as '", reading_.format.time_format, "' writes it"));
    }
    last_time_text_ = std::string(text);
    last_time_ = *read;
  }
  time = last_time_;
  return std::nullopt;
}

std::optional<Refusal> OrderRows::ReadCountry(absl::string_view text, std::string& country) {
  auto known = known_countries_.find(text);
  if (known == known_countries_.end()) {
    if (known_countries_.size() >= kMaxKnownCountries) known_countries_.clear();
    known = known_countries_.emplace(text, reading_.countries.Find(text)).first;
  }
  if (!known->second) {
    return RefuseField(kCountry, "UNKNOWN_COUNTRY",
                       "is neither an ISO code nor an English name, nor among country_names");
  }
  country = *known->second;
  return std::nullopt;
}

std::optional<Refusal> OrderRows::ReadBuyer(absl::Span<const absl::string_view> fields,
                                            OrderRow& row) {
  absl::string_view customer = absl::StripAsciiWhitespace(Text(fields, kCustomer));
  if (reading_.integer_customer_ids) customer = WithoutDecimals(customer);
  if (!IsText(customer, kMaxCustomerLength)) {
    return RefuseField(kCustomer, "INVALID_EXTERNAL_ID", WhyNoText(customer, kMaxCustomerLength));
  }
  row.customer = std::string(customer);
  row.email = std::string(absl::StripAsciiWhitespace(Text(fields, kCustomerEmail)));
  if (row.email.empty()) return std::nullopt;
  if (const auto folded = FoldMailbox(row.email); !folded.ok()) {
    return RefuseField(kCustomerEmail, "INVALID_EMAIL", folded.status().message());
  }
  return std::nullopt;
}

std::optional<Refusal> OrderRows::ReadHead(absl::Span<const absl::string_view> fields,
                                           OrderRow& row) {
  if (auto fault = ReadTime(Text(fields, kTime), row.time)) return fault;
  if (auto fault = ReadCountry(Text(fields, kCountry), row.country)) return fault;
  if (auto fault = ReadBuyer(fields, row)) return fault;
  const auto text = [&](Field field, const std::string& otherwise) {
    const absl::string_view found = absl::StripAsciiWhitespace(Text(fields, field));
    return found.empty() ? otherwise : std::string(found);
  };
  row.store = text(kStore, reading_.store);
  row.till = text(kTill, "");
  row.staff = text(kStaff, "");
  row.channel = text(kChannel, reading_.channel);
  row.currency = text(kCurrency, reading_.currency);
  return std::nullopt;
}

bool OrderRows::IsCharge(absl::string_view folded_item) const {
  return reading_.charge_items.contains(folded_item) ||
         std::any_of(
             reading_.charge_item_prefixes.begin(), reading_.charge_item_prefixes.end(),
             [&](const std::string& prefix) { return absl::StartsWith(folded_item, prefix); });
}

bool OrderRows::IsReturnReceipt(absl::string_view receipt) const {
  return !reading_.return_receipt_prefix.empty() &&
         absl::StartsWith(receipt, reading_.return_receipt_prefix);
}

// Reads quantity and price, and what the quantity's sign makes of the line.
RowFate OrderRows::ReadQuantity(absl::Span<const absl::string_view> fields, OrderRow& row) {
  OrderLine& line = row.line;
  if (auto fault = ReadNumber(fields, kQuantity, line.quantity_micros)) return *std::move(fault);
  if (line.quantity_micros == 0) return RowIgnored{"ZERO_QUANTITY"};
  if (auto fault = ReadNumber(fields, kUnitPrice, line.unit_price_micros)) {
    return *std::move(fault);
  }
  if (line.unit_price_micros < 0 && line.kind != LineKind::kCharge) {
    return RefuseField(kUnitPrice, "NEGATIVE_PRICE", "may be negative for charges only");
  }
  row.negative = line.quantity_micros < 0;
  if (row.negative) line.quantity_micros = -line.quantity_micros;
  const bool return_receipt = IsReturnReceipt(row.receipt);
  line.type = return_receipt ? LineType::kReturn : LineType::kSale;
  if (!row.negative || return_receipt) return RowRead();
  switch (reading_.negative_quantity) {
    case NegativeQuantity::kRefuse:
      return RefuseField(kQuantity, "NEGATIVE_QUANTITY", "is negative");
    case NegativeQuantity::kIgnore:
      return RowIgnored{"STOCK_CORRECTION"};
    case NegativeQuantity::kReturn:
      line.type = LineType::kReturn;
  }
  return RowRead();
}

std::optional<Refusal> OrderRows::ReadLine(absl::Span<const absl::string_view> fields,
                                           OrderRow& row) {
  OrderLine& line = row.line;
  line.discount_micros = 0;
  line.tax_micros = 0;
  if (!Text(fields, kDiscount).empty()) {
    if (auto fault = ReadNumber(fields, kDiscount, line.discount_micros)) return fault;
  }
  if (!Text(fields, kTax).empty()) {
    if (auto fault = ReadNumber(fields, kTax, line.tax_micros)) return fault;
  }
  line.line_id = std::string(absl::StripAsciiWhitespace(Text(fields, kLineId)));
  line.description = std::string(Text(fields, kDescription));
  line.occurrence = 0;
  return std::nullopt;
}

// Asks the rules of orders themselves, with an order of this one line.
std::optional<Refusal> OrderRows::Check(OrderRow& row) {
  probe_.receipt_number = row.receipt;
  probe_.order_time = row.time;
  probe_.store = row.store;
  probe_.till = row.till;
  probe_.staff = row.staff;
  probe_.channel = row.channel;
  probe_.country = row.country;
  probe_.currency = row.currency;
  const bool named = !row.line.line_id.empty();
  std::swap(probe_.lines[0], row.line);
  const absl::Status checked = PrepareOrder(probe_, now_);
  std::swap(probe_.lines[0], row.line);
  if (!named) row.line.line_id.clear();
  if (checked.ok()) return std::nullopt;
  const ErrorDetails details = GetErrorDetails(checked);
  const FieldViolation& first = details.violations.front();
  return Refuse(FieldOfPath(first.field), details.reason, first.description);
}

RowFate OrderRows::Read(absl::Span<const absl::string_view> fields, OrderRow& row) {
  row.line.item = std::string(Text(fields, kItem));
  const std::string folded = FoldCase(row.line.item);
  if (reading_.ignored_items.contains(folded)) return RowIgnored{"IGNORED_ITEM"};
  row.line.kind = IsCharge(folded) ? LineKind::kCharge : LineKind::kProduct;
  row.receipt = std::string(absl::StripAsciiWhitespace(Text(fields, kReceipt)));
  RowFate fate = ReadQuantity(fields, row);
  if (!std::holds_alternative<RowRead>(fate)) return fate;
  if (auto fault = ReadHead(fields, row)) return *std::move(fault);
  if (auto fault = ReadLine(fields, row)) return *std::move(fault);
  if (auto fault = Check(row)) return *std::move(fault);
  return RowRead();
}

}  // namespace regulars::customer
