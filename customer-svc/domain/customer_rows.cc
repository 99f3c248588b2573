#include "customer-svc/domain/customer_rows.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "customer-svc/domain/locale_rules.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr char kDefaultListSeparator[] = "|";
constexpr size_t kMaxListSeparator = 8;
// Most of a column's name that a message shows.
constexpr size_t kMaxLabelBytes = 64;

constexpr char kExternalId[] = "external_id";
constexpr char kExternalIdOf[] = "external_id.";
constexpr char kAttributeOf[] = "attributes.";

// Fields whose name is all there is to them, in the order of CustomerRows::Field from kEmail on.
constexpr std::array<absl::string_view, 18> kPlainFields = {"email",
                                                            "phone",
                                                            "display_name",
                                                            "given_name",
                                                            "family_name",
                                                            "company",
                                                            "kind",
                                                            "language",
                                                            "country",
                                                            "time_zone",
                                                            "birthday",
                                                            "home_store",
                                                            "tags",
                                                            "address.line",
                                                            "address.locality",
                                                            "address.region",
                                                            "address.postal_code",
                                                            "address.country"};

ColumnRules RulesOf(const AttributeDefinitions& definitions) {
  ColumnRules rules;
  rules.is_field = [&definitions](absl::string_view name) {
    if (std::find(kPlainFields.begin(), kPlainFields.end(), name) != kPlainFields.end()) {
      return true;
    }
    if (name == kExternalId) return true;
    if (absl::ConsumePrefix(&name, kExternalIdOf)) return IsSystem(name);
    return absl::ConsumePrefix(&name, kAttributeOf) && definitions.contains(name);
  };
  rules.is_undeclared = [&definitions](absl::string_view name) {
    return absl::ConsumePrefix(&name, kAttributeOf) && IsAttributeId(name) &&
           !definitions.contains(name);
  };
  rules.may_repeat = [](absl::string_view name) {
    return name == "email" || name == "phone" || name == "tags" || name == "address.line";
  };
  return rules;
}

absl::Status NeedsSystem() {
  return OptionError("customer_system", "is needed where a column holds external ids");
}

std::optional<bool> ReadBool(absl::string_view text) {
  const std::string folded = absl::AsciiStrToLower(text);
  if (folded == "true" || folded == "yes" || folded == "1") return true;
  if (folded == "false" || folded == "no" || folded == "0") return false;
  return std::nullopt;
}

// The address that the line speaks of: at most one.
PostalAddress& AddressOf(Customer& customer) {
  if (customer.addresses.empty()) customer.addresses.emplace_back();
  return customer.addresses.front();
}

}  // namespace

absl::StatusOr<CustomerReading> ReadCustomerOptions(const CustomerOptions& options,
                                                    AttributeDefinitions definitions,
                                                    const CompanySettings& settings) {
  CustomerReading reading;
  ABSL_ASSIGN_OR_RETURN(reading.format, ReadFormat(options.csv, settings.zone));
  ABSL_ASSIGN_OR_RETURN(reading.mapping, ReadMapping(options.columns, RulesOf(definitions)));
  if (!options.customer_system.empty() && !IsSystem(options.customer_system)) {
    return OptionError("customer_system",
                       "must be 1 to 64 lower-case letters, digits, '-', '_', '.'");
  }
  const bool has_ids = std::any_of(reading.mapping.begin(), reading.mapping.end(),
                                   [](const auto& column) { return column.second == kExternalId; });
  if (has_ids && options.customer_system.empty()) return NeedsSystem();
  if (!IsText(options.list_separator, kMaxListSeparator)) {
    return OptionError("list_separator", "must be at most 8 characters of text without NUL");
  }
  ABSL_ASSIGN_OR_RETURN(reading.countries, CountryNames::Read(options.country_names));
  reading.customer_system = options.customer_system;
  reading.integer_customer_ids = options.integer_customer_ids;
  reading.list_separator =
      options.list_separator.empty() ? kDefaultListSeparator : options.list_separator;
  reading.company_country = settings.country;
  reading.definitions = std::move(definitions);
  return reading;
}

std::vector<std::string> AttributesNamed(const CustomerOptions& options) {
  std::vector<std::string> ids;
  for (const std::string& pair : options.columns) {
    // As ReadMapping() has it, the field is behind the last "=".
    absl::string_view field = absl::string_view(pair).substr(pair.rfind('=') + 1);
    field = absl::StripAsciiWhitespace(field);
    if (absl::ConsumePrefix(&field, kAttributeOf)) ids.emplace_back(field);
  }
  return ids;
}

CustomerRows::Cell CustomerRows::CellOf(const std::string& field, size_t column,
                                        const std::string& customer_system) {
  if (field == kExternalId) return {Field::kExternalId, column, customer_system};
  absl::string_view rest = field;
  if (absl::ConsumePrefix(&rest, kExternalIdOf)) {
    return {Field::kExternalId, column, std::string(rest)};
  }
  if (absl::ConsumePrefix(&rest, kAttributeOf)) {
    return {Field::kAttribute, column, std::string(rest)};
  }
  const auto place = std::find(kPlainFields.begin(), kPlainFields.end(), field);
  return {static_cast<Field>(static_cast<int>(Field::kEmail) + (place - kPlainFields.begin())),
          column, ""};
}

absl::StatusOr<CustomerRows> CustomerRows::Make(CustomerReading reading,
                                                const std::vector<std::string>& header) {
  ABSL_ASSIGN_OR_RETURN(const Columns columns,
                        FindColumns(reading.mapping, RulesOf(reading.definitions), header));
  const std::string system = reading.customer_system;
  CustomerRows rows(std::move(reading), header);
  bool identifies = false;
  for (const auto& [field, column] : columns.all()) {
    if (field == kExternalId && system.empty()) return NeedsSystem();
    const Cell& cell = rows.cells_.emplace_back(CellOf(field, column, system));
    identifies |= cell.field == Field::kExternalId || cell.field == Field::kEmail;
  }
  if (!identifies) {
    return FieldError("columns", "MISSING_COLUMN", "have none for external_id or email");
  }
  return rows;
}

Refusal CustomerRows::Refuse(const Cell& cell, absl::string_view reason,
                             absl::string_view what) const {
  const std::string& column = header_[cell.column];
  return {.reason = std::string(reason),
          .column = column,
          .message = absl::StrCat("'", EscapeForLog(column, kMaxLabelBytes), "' ", what)};
}

std::optional<Refusal> CustomerRows::Read(absl::Span<const absl::string_view> fields,
                                          CustomerRow& row) const {
  row = CustomerRow();
  // As in a message of the interface: a kind that is not given says nothing.
  row.customer.kind = CustomerKind::kUnspecified;
  for (const Cell& cell : cells_) {
    const absl::string_view text = absl::StripAsciiWhitespace(fields[cell.column]);
    if (text.empty()) continue;
    if (std::optional<Refusal> refusal = ReadCell(cell, text, row)) return refusal;
  }
  FinishAddress(row);
  return std::nullopt;
}

std::string CustomerRows::PathOf(Field field) {
  const absl::string_view name =
      kPlainFields[static_cast<size_t>(field) - static_cast<size_t>(Field::kEmail)];
  absl::string_view part = name;
  return absl::ConsumePrefix(&part, "address.") ? absl::StrCat("addresses[0].", part)
                                                : std::string(name);
}

std::string* CustomerRows::TextOf(Field field, Customer& customer) {
  switch (field) {
    case Field::kDisplayName:
      return &customer.display_name;
    case Field::kGivenName:
      return &customer.given_name;
    case Field::kFamilyName:
      return &customer.family_name;
    case Field::kCompany:
      return &customer.company;
    case Field::kLanguage:
      return &customer.language;
    case Field::kTimeZone:
      return &customer.time_zone;
    case Field::kHomeStore:
      return &customer.home_store;
    case Field::kAddressLocality:
      return &AddressOf(customer).locality;
    case Field::kAddressRegion:
      return &AddressOf(customer).region;
    case Field::kAddressPostalCode:
      return &AddressOf(customer).postal_code;
    default:
      return nullptr;
  }
}

std::optional<Refusal> CustomerRows::ReadCell(const Cell& cell, absl::string_view text,
                                              CustomerRow& row) const {
  Customer& customer = row.customer;
  const auto came = [&](std::string path) {
    row.origins.emplace_back(std::move(path), cell.column);
  };
  if (std::string* whole = TextOf(cell.field, customer)) {
    *whole = std::string(text);
    came(PathOf(cell.field));
    return std::nullopt;
  }
  switch (cell.field) {
    case Field::kExternalId: {
      const absl::string_view id = reading_.integer_customer_ids ? WithoutDecimals(text) : text;
      came(absl::StrCat("external_ids[", customer.external_ids.size(), "]"));
      customer.external_ids.push_back({cell.argument, std::string(id)});
      return std::nullopt;
    }
    case Field::kEmail:
      came(absl::StrCat("emails[", customer.emails.size(), "]"));
      customer.emails.push_back({.address = std::string(text)});
      return std::nullopt;
    case Field::kPhone:
      came(absl::StrCat("phones[", customer.phones.size(), "]"));
      customer.phones.push_back({.number = std::string(text)});
      return std::nullopt;
    case Field::kAddressLine:
      came(absl::StrCat("addresses[0].lines[", AddressOf(customer).lines.size(), "]"));
      AddressOf(customer).lines.emplace_back(text);
      return std::nullopt;
    case Field::kKind:
      return ReadKind(cell, text, customer);
    case Field::kCountry:
      came(PathOf(cell.field));
      return ReadCountry(cell, text, customer.country);
    case Field::kAddressCountry:
      came(PathOf(cell.field));
      return ReadCountry(cell, text, AddressOf(customer).country);
    case Field::kBirthday:
      return ReadBirthday(cell, text, row);
    case Field::kTags:
      AddTags(cell, text, row);
      return std::nullopt;
    default:
      return ReadAttribute(cell, text, row);
  }
}

std::optional<Refusal> CustomerRows::ReadKind(const Cell& cell, absl::string_view text,
                                              Customer& customer) const {
  const std::string kind = absl::AsciiStrToLower(text);
  if (kind != "person" && kind != "company") {
    return Refuse(cell, "INVALID_KIND", "must be 'person' or 'company'");
  }
  customer.kind = kind == "person" ? CustomerKind::kPerson : CustomerKind::kCompany;
  return std::nullopt;
}

std::optional<Refusal> CustomerRows::ReadCountry(const Cell& cell, absl::string_view text,
                                                 std::string& country) const {
  std::optional<std::string> code = reading_.countries.Find(text);
  if (!code) return Refuse(cell, "UNKNOWN_COUNTRY", "names no country that is known");
  country = *std::move(code);
  return std::nullopt;
}

std::optional<Refusal> CustomerRows::ReadBirthday(const Cell& cell, absl::string_view text,
                                                  CustomerRow& row) const {
  row.origins.emplace_back("birthday", cell.column);
  row.customer.birthday = std::string(text);
  if (reading_.format.time_format.empty() || IsBirthday(text, absl::CivilDay::max())) {
    return std::nullopt;
  }
  const std::optional<absl::CivilDay> day = reading_.format.ParseWrittenDay(text);
  if (!day) {
    return Refuse(cell, "INVALID_BIRTHDAY", "must be a day, as the time format says or ISO 8601");
  }
  row.customer.birthday = FormatDay(*day);
  return std::nullopt;
}

void CustomerRows::AddTags(const Cell& cell, absl::string_view text, CustomerRow& row) const {
  for (absl::string_view tag : absl::StrSplit(text, reading_.list_separator)) {
    tag = absl::StripAsciiWhitespace(tag);
    if (tag.empty()) continue;
    row.origins.emplace_back(absl::StrCat("tags[", row.customer.tags.size(), "]"), cell.column);
    row.customer.tags.emplace_back(tag);
  }
}

std::optional<Refusal> CustomerRows::ReadAttribute(const Cell& cell, absl::string_view text,
                                                   CustomerRow& row) const {
  const AttributeDefinition& definition = reading_.definitions.find(cell.argument)->second;
  AttributeValue value{definition.type, 0, ""};
  switch (definition.type) {
    case AttributeType::kBool: {
      const std::optional<bool> read = ReadBool(text);
      if (!read) return Refuse(cell, "ATTRIBUTE_TYPE", "must be 'true' or 'false'");
      value.integer = *read;
      break;
    }
    case AttributeType::kInteger:
      if (!absl::SimpleAtoi(WithoutDecimals(text), &value.integer)) {
        return Refuse(cell, "INVALID_NUMBER", "must be a whole number of 64 bits");
      }
      break;
    case AttributeType::kDecimal: {
      const absl::StatusOr<int64_t> micros = reading_.format.ParseMicros(text);
      if (!micros.ok()) return Refuse(cell, "INVALID_NUMBER", micros.status().message());
      value.integer = *micros;
      break;
    }
    case AttributeType::kTime: {
      const std::optional<absl::Time> time = reading_.format.ParseTime(text);
      if (!time) {
        return Refuse(cell, "INVALID_TIME",
                      "is no time of the years 1 to 9999 as the options describe it");
      }
      value.integer = absl::ToUnixMicros(*time);
      break;
    }
    default:
      value.text = std::string(text);
  }
  row.origins.emplace_back(absl::StrCat("attributes.", cell.argument), cell.column);
  row.customer.attributes[cell.argument] = std::move(value);
  return std::nullopt;
}

void CustomerRows::FinishAddress(CustomerRow& row) const {
  if (row.customer.addresses.empty()) return;
  PostalAddress& address = row.customer.addresses.front();
  if (!address.country.empty()) return;
  address.country = row.customer.country.empty() ? reading_.company_country : row.customer.country;
}

Refusal CustomerRows::Explain(const CustomerRow& row, const absl::Status& error) const {
  const ErrorDetails details = GetErrorDetails(error);
  Refusal refusal{.reason = details.reason, .message = std::string(error.message())};
  if (details.violations.empty()) return refusal;
  const FieldViolation& first = details.violations.front();
  for (const auto& [path, column] : row.origins) {
    // "emails[0]" is at fault for "emails[0].address".
    absl::string_view rest = first.field;
    if (!absl::ConsumePrefix(&rest, path) || (!rest.empty() && rest[0] != '.')) continue;
    refusal.column = header_[column];
    refusal.message =
        absl::StrCat("'", EscapeForLog(refusal.column, kMaxLabelBytes), "' ", first.description);
    break;
  }
  return refusal;
}

}  // namespace regulars::customer
