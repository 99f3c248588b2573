#include "customer-svc/store/customer_filter.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/text.h"
#include "chassis/filter/request.h"
#include "customer-svc/domain/behaviour.h"
#include "customer-svc/domain/company_day.h"
#include "customer-svc/domain/customer_record.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/store/attributes.h"

namespace regulars::customer {
namespace {

using filter::EnumValue;
using filter::Field;
using filter::Schema;
using filter::SqlFragment;
using filter::Type;

void Add(Schema& schema, std::string name, Type type, CustomerField handle, std::string sql) {
  schema.Add(
      Field{.name = std::move(name), .type = type, .handle = handle, .sql = {std::move(sql)}});
}

void AddText(Schema& schema, const std::string& name, CustomerField handle) {
  Add(schema, name, Type::kText, handle, absl::StrCat("NULLIF(c.", name, ", '')"));
}

void AddList(Schema& schema, std::string name, CustomerField handle, std::string from,
             std::string element) {
  schema.Add(Field{.name = std::move(name),
                   .type = Type::kTextList,
                   .handle = handle,
                   .sql = {std::move(from)},
                   .element_sql = std::move(element)});
}

void AddProfile(Schema& schema) {
  Add(schema, "display_name", Type::kText, kDisplayName,
      "CASE WHEN c.display_name <> '' THEN c.display_name"
      " WHEN c.given_name <> '' AND c.family_name <> '' THEN c.given_name || ' ' || c.family_name"
      " ELSE NULLIF(COALESCE(NULLIF(c.given_name || c.family_name, ''), c.company), '') END");
  AddText(schema, "given_name", kGivenName);
  AddText(schema, "family_name", kFamilyName);
  AddText(schema, "company", kCompany);
  schema.Add(
      Field{.name = "kind",
            .type = Type::kEnum,
            .handle = kKind,
            .sql = {"c.kind"},
            .enum_values = {{"KIND_PERSON", static_cast<int64_t>(CustomerKind::kPerson)},
                            {"KIND_COMPANY", static_cast<int64_t>(CustomerKind::kCompany)}}});
  AddText(schema, "language", kLanguage);
  AddText(schema, "country", kCountry);
  AddText(schema, "time_zone", kTimeZone);
  AddText(schema, "home_store", kHomeStore);
  AddText(schema, "birthday", kBirthday);
  // "1985-06-30" or "--06-30".
  Add(schema, "birthday.year", Type::kInt64, kBirthdayYear,
      "CASE WHEN length(c.birthday) = 10 THEN CAST(substr(c.birthday, 1, 4) AS BIGINT) END");
  Add(schema, "birthday.month", Type::kInt64, kBirthdayMonth,
      "CASE WHEN c.birthday <> '' THEN CAST(substr(c.birthday, -5, 2) AS BIGINT) END");
  Add(schema, "birthday.day", Type::kInt64, kBirthdayDay,
      "CASE WHEN c.birthday <> '' THEN CAST(substr(c.birthday, -2, 2) AS BIGINT) END");
  Add(schema, "create_time", Type::kTime, kCreateTime, "c.create_time");
  Add(schema, "update_time", Type::kTime, kUpdateTime, "c.update_time");
}

// A part of an address, as in "*@Example.com", is no address.
std::string FoldAddress(absl::string_view text) {
  const auto folded = FoldMailbox(text);
  return folded.ok() ? *folded : absl::AsciiStrToLower(text);
}

void AddLists(Schema& schema) {
  schema.Add(Field{.name = "emails",
                   .type = Type::kTextList,
                   .handle = kEmails,
                   .sql = {"customer_email e WHERE e.customer = c.key"},
                   .element_sql = "e.folded",
                   .fold = FoldAddress});
  AddList(schema, "phones", kPhones, "customer_phone h WHERE h.customer = c.key", "h.number");
  // "erp:4711".
  AddList(schema, "external_ids", kExternalIds, "customer_external_id x WHERE x.customer = c.key",
          "x.system || ':' || x.id");
  AddList(schema, "tags", kTags, "customer_tag t WHERE t.customer = c.key", "t.tag");
  const auto add_of_addresses = [&](const std::string& part, CustomerField handle) {
    AddList(schema, "addresses." + part, handle,
            absl::StrCat("customer_address a WHERE a.customer = c.key AND a.", part, " <> ''"),
            "a." + part);
  };
  add_of_addresses("country", kAddressCountries);
  add_of_addresses("region", kAddressRegions);
  add_of_addresses("locality", kAddressLocalities);
  add_of_addresses("postal_code", kAddressPostalCodes);
}

std::string OfSummary(absl::string_view what) {
  return absl::StrCat("SELECT ", what, " FROM purchase_summary p WHERE p.customer = c.key");
}

// A count or an amount: 0 for who never bought.
std::string FigureOfSummary(absl::string_view what) {
  return absl::StrCat("COALESCE((", OfSummary(what), "), 0)");
}

// The sum of `plus` - `minus` over some rows, or the number of 64 bits that is nearest to it. SUM()
// fails where it passes 64 bits, be it on the way only; so the upper and lower 32 bits are added up
// apart.
std::string NearestSum(absl::string_view plus, absl::string_view minus, absl::string_view from) {
  const auto sum_of = [&](absl::string_view half) {
    return absl::StrCat("COALESCE(SUM((", plus, half, ") - (", minus, half, ")), 0)");
  };
  return absl::StrCat(
      "SELECT CASE WHEN s.high > 2147483647 THEN 9223372036854775807"
      " WHEN s.high < -2147483648 THEN -9223372036854775807 - 1"
      " ELSE (s.high << 32) | s.low END FROM"
      " (SELECT t.high + (t.low >> 32) AS high, t.low & 4294967295 AS low FROM (SELECT ",
      sum_of(" >> 32"), " AS high, ", sum_of(" & 4294967295"), " AS low FROM ", from, ") t) s");
}

// Rounded half to even. Division leaves a remainder with the amount's sign.
constexpr char kAverage[] =
    "p.sales_micros / p.order_count + (CASE WHEN p.sales_micros < 0 THEN -1 ELSE 1 END) *"
    " (2 * abs(p.sales_micros % p.order_count) > p.order_count OR"
    " (2 * abs(p.sales_micros % p.order_count) = p.order_count AND"
    " p.sales_micros / p.order_count % 2 <> 0))";

void AddPurchases(Schema& schema) {
  const auto add = [&](absl::string_view name, Type type, CustomerField handle,
                       absl::string_view what) {
    Add(schema, absl::StrCat("purchases.", name), type, handle, FigureOfSummary(what));
  };
  Add(schema, "purchases.first_order_time", Type::kTime, kFirstOrderTime,
      OfSummary("p.first_order_time"));
  Add(schema, "purchases.last_order_time", Type::kTime, kLastOrderTime,
      OfSummary("p.last_order_time"));
  add("order_count", Type::kInt64, kOrderCount, "p.order_count");
  add("order_days", Type::kInt64, kOrderDays, "p.order_days");
  add("return_count", Type::kInt64, kReturnCount, "p.return_count");
  add("sales_amount", Type::kMicros, kSalesAmount, "p.sales_micros");
  add("returned_amount", Type::kMicros, kReturnedAmount, "p.returned_micros");
  Add(schema, "purchases.revenue", Type::kMicros, kRevenue,
      NearestSum("p.sales_micros", "p.returned_micros",
                 "purchase_summary p WHERE p.customer = c.key"));
  Add(schema, "purchases.average_order_amount", Type::kMicros, kAverageOrderAmount,
      absl::StrCat(OfSummary(kAverage), " AND p.order_count > 0"));
  add("units_sold", Type::kMicros, kUnitsSold, "p.units_sold_micros");
  add("units_returned", Type::kMicros, kUnitsReturned, "p.units_returned_micros");
  // As the message holds them.
  add("units_sold_micros", Type::kInt64, kUnitsSold, "p.units_sold_micros");
  add("units_returned_micros", Type::kInt64, kUnitsReturned, "p.units_returned_micros");
}

// `minus` is "0" for figures that are no difference.
Field OverDays(std::string name, Type type, CustomerField handle, absl::string_view plus,
               absl::string_view minus = "0") {
  const std::string sql = NearestSum(
      plus, minus, "purchase_day p WHERE p.customer = c.key AND p.day > ? AND p.day <= ?");
  return {.name = std::move(name),
          .type = type,
          .handle = handle,
          .window_sql = [sql](const filter::Window& window) -> SqlFragment {
            const int64_t today = ToDayNumber(Today(window.now, window.zone));
            return {sql, {today - WindowDays(window.length), today}};
          }};
}

void AddWindows(Schema& schema) {
  schema.Add(filter::WindowCall{
      .name = "orders",
      .fields = {OverDays("count", Type::kInt64, kOrderCount, "p.order_count"),
                 OverDays("days", Type::kInt64, kOrderDays, "(p.order_count > 0)"),
                 OverDays("return_count", Type::kInt64, kReturnCount, "p.return_count"),
                 OverDays("sales_amount", Type::kMicros, kSalesAmount, "p.sales_micros"),
                 OverDays("returned_amount", Type::kMicros, kReturnedAmount, "p.returned_micros"),
                 OverDays("revenue", Type::kMicros, kRevenue, "p.sales_micros",
                          "p.returned_micros"),
                 OverDays("units", Type::kMicros, kUnitsSold, "p.units_sold_micros"),
                 OverDays("units_returned", Type::kMicros, kUnitsReturned,
                          "p.units_returned_micros")},
      .step = absl::Hours(24)});
}

Field OverEvents(std::string name, CustomerField handle, absl::string_view what) {
  const std::string sql =
      absl::StrCat("SELECT COALESCE(SUM(", what,
                   "), 0) FROM behaviour_day b WHERE b.visitor = c.visitor AND b.name = "
                   "(SELECT n.key FROM behaviour_name n WHERE n.name = ?) AND b.day > ? AND "
                   "b.day <= ?");
  return {.name = std::move(name),
          .type = Type::kInt64,
          .handle = handle,
          .window_sql = [sql](const filter::Window& window) -> SqlFragment {
            const int64_t today = ToDayNumber(Today(window.now, window.zone));
            return {sql, {window.subject, today - WindowDays(window.length), today}};
          }};
}

// Any name will do: a segment may be made before the first event comes.
void AddEvents(Schema& schema) {
  schema.Add(filter::WindowCall{.name = "events",
                                .fields = {OverEvents("count", kEventCount, "b.event_count"),
                                           OverEvents("days", kEventDays, "b.event_count > 0")},
                                .step = absl::Hours(24),
                                .takes_subject = IsEventName,
                                .example_subject = "product_viewed"});
}

void AddScores(Schema& schema) {
  const auto add = [&](absl::string_view name, Type type, CustomerField handle,
                       absl::string_view column) {
    Add(schema, absl::StrCat("rfm.", name), type, handle,
        absl::StrCat("SELECT r.", column,
                     " FROM rfm_score r WHERE r.version = (SELECT s.version FROM rfm_state s)"
                     " AND r.customer = c.key"));
  };
  add("recency", Type::kInt64, kRfmRecency, "recency");
  add("frequency", Type::kInt64, kRfmFrequency, "frequency");
  add("monetary", Type::kInt64, kRfmMonetary, "monetary");
  add("recency_days", Type::kInt64, kRfmRecencyDays, "recency_days");
  add("order_days", Type::kInt64, kRfmOrderDays, "order_days");
  add("revenue", Type::kMicros, kRfmRevenue, "revenue_micros");
}

void AddLoyalty(Schema& schema) {
  const auto add = [&](absl::string_view name, Type type, CustomerField handle,
                       absl::string_view what) {
    Add(schema, absl::StrCat("loyalty.", name), type, handle,
        absl::StrCat("SELECT ", what, " FROM loyalty_state l WHERE l.customer = c.key"));
  };
  add("member", Type::kText, kLoyaltyMember, "NULLIF(l.member, '')");
  add("tier", Type::kText, kLoyaltyTier, "NULLIF(l.tier, '')");
  add("balance", Type::kInt64, kLoyaltyBalance, "l.balance");
}

void AddEngagement(Schema& schema) {
  const auto add = [&](const std::string& name, Type type, CustomerField handle) {
    const std::string of_row =
        absl::StrCat("SELECT g.", name, " FROM engagement g WHERE g.customer = c.key");
    Add(schema, "engagement." + name, type, handle,
        type == Type::kTime ? of_row : absl::StrCat("COALESCE((", of_row, "), 0)"));
  };
  add("sends", Type::kInt64, kEngagementSends);
  add("opens", Type::kInt64, kEngagementOpens);
  add("clicks", Type::kInt64, kEngagementClicks);
  add("bounces", Type::kInt64, kEngagementBounces);
  add("last_send_time", Type::kTime, kEngagementLastSendTime);
  add("last_open_time", Type::kTime, kEngagementLastOpenTime);
  add("last_click_time", Type::kTime, kEngagementLastClickTime);
}

// What holds whatever the company has declared.
const Schema& FixedFields() {
  static const Schema& fields = *[] {
    auto* schema = new Schema;
    AddProfile(*schema);
    AddLists(*schema);
    AddPurchases(*schema);
    AddWindows(*schema);
    AddEvents(*schema);
    AddScores(*schema);
    AddLoyalty(*schema);
    AddEngagement(*schema);
    return schema;
  }();
  return fields;
}

Type FilterType(AttributeType type) {
  switch (type) {
    case AttributeType::kBool:
      return Type::kBool;
    case AttributeType::kInteger:
      return Type::kInt64;
    case AttributeType::kDecimal:
      return Type::kMicros;
    case AttributeType::kTime:
      return Type::kTime;
    case AttributeType::kEnum:
      return Type::kEnum;
    case AttributeType::kText:
    case AttributeType::kUnspecified:
      break;
  }
  return Type::kText;
}

std::optional<Field> AttributeField(const AttributeDefinitions& definitions, absl::string_view id) {
  const auto found = definitions.find(id);
  if (found == definitions.end()) return std::nullopt;
  const AttributeDefinition& definition = found->second;
  const Type type = FilterType(definition.type);
  const bool is_text = type == Type::kText || type == Type::kEnum;
  std::vector<EnumValue> values;
  if (type == Type::kEnum) {
    for (const std::string& value : definition.enum_values) values.push_back({value, value});
  }
  return Field{.type = type,
               .handle = kAttributes,
               .sql = {absl::StrCat("SELECT v.", is_text ? "text" : "integer",
                                    " FROM customer_attribute v WHERE v.customer = c.key AND "
                                    "v.definition = ?"),
                       {definition.key}},
               .enum_values = std::move(values)};
}

filter::MapField Attributes(AttributeDefinitions loaded) {
  const auto definitions = std::make_shared<const AttributeDefinitions>(std::move(loaded));
  return {
      .name = "attributes",
      .resolve = [definitions](absl::string_view id) { return AttributeField(*definitions, id); },
      .keys =
          [definitions] {
            std::vector<std::string> ids;
            for (const auto& [id, definition] : *definitions) ids.push_back(id);
            return ids;
          }};
}

}  // namespace

absl::StatusOr<std::string> DescribeCustomerSchema(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const AttributeDefinitions definitions, attributes::LoadDefinitions(db));
  std::string text;
  for (const auto& [id, definition] : definitions) {
    absl::StrAppend(&text, id, " ", definition.key, " ", static_cast<int64_t>(definition.type));
    for (const std::string& value : definition.enum_values) {
      absl::StrAppend(&text, " ", value.size(), ":", value);
    }
    text += '\n';
  }
  return text;
}

absl::StatusOr<Schema> LoadCustomerSchema(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(AttributeDefinitions definitions, attributes::LoadDefinitions(db));
  Schema schema = FixedFields();
  schema.Add(Attributes(std::move(definitions)));
  return schema;
}

absl::StatusOr<filter::Expression> CompileCustomerFilter(absl::string_view text,
                                                         const Schema& schema,
                                                         absl::string_view field) {
  if (IsValidUtf8(text) && CodePointCount(text) > kMaxFilterCharacters) {
    return filter::InvalidFilter(
        field, absl::StrCat(kMaxFilterCharacters + 1), "FILTER_TOO_LONG",
        absl::StrCat("is longer than ", kMaxFilterCharacters, " characters"));
  }
  return filter::CompileRequest(text, schema, field);
}

absl::StatusOr<filter::Expression> CompileCustomerFilter(Snapshot& db, absl::string_view text,
                                                         absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const Schema schema, LoadCustomerSchema(db));
  return CompileCustomerFilter(text, schema, field);
}

absl::Status RequireFilter(absl::string_view text, absl::string_view field) {
  if (!absl::StripAsciiWhitespace(text).empty()) return absl::OkStatus();
  return filter::InvalidFilter(field, "1", "FILTER_MISSING", "must not be empty");
}

}  // namespace regulars::customer
