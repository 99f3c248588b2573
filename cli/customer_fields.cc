#include "cli/customer_fields.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "cli/files.h"
#include "cli/format.h"

namespace regulars::cli {
namespace {

Json Objects(const std::vector<std::string>& values, const char* field) {
  Json list = Json::array();
  for (const std::string& value : values) list.push_back(Json{{field, value}});
  return list;
}

absl::Status ReadAttributes(Client& client, const std::vector<std::string>& attributes,
                            CustomerChange& change) {
  for (const std::string& attribute : attributes) {
    ABSL_ASSIGN_OR_RETURN(const auto pair, SplitPair("--attribute", attribute));
    ABSL_ASSIGN_OR_RETURN(
        const Json definition,
        client.Get(absl::StrCat("/api/customer/v1/attributeDefinitions/", EscapeUrl(pair.first))));
    ABSL_ASSIGN_OR_RETURN(Json value,
                          MakeAttribute(pair.first, Text(definition, "type"), pair.second));
    change.customer["attributes"][pair.first] = std::move(value);
    change.mask.push_back(absl::StrCat("attributes.", CamelCase(pair.first)));
  }
  return absl::OkStatus();
}

}  // namespace

std::string CamelCase(const std::string& snake) {
  std::string camel;
  for (const char c : snake) {
    const bool after = !camel.empty() && camel.back() == '_';
    if (after) camel.pop_back();
    camel += after ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c;
  }
  return camel;
}

CustomerFlags AddCustomerFlags(const Command& command, const std::string& prefix) {
  CustomerFlags flags = {
      .emails = command.Texts("--email", "ADDRESS", "E-mail address"),
      .phones = command.Texts("--phone", "NUMBER", "Phone number, E.164 or national"),
      .external_ids =
          command.Texts("--external-id", "SYSTEM=ID", "What another system calls the customer"),
      .tags = command.Texts("--tag", "TAG", "Free mark"),
      .attributes = command.Texts("--attribute", "KEY=VALUE", "Declared attribute")};
  const auto text = [&](const char* flag, const char* label, const char* json, const char* field,
                        const char* help) {
    flags.texts.emplace_back(json, command.Text(flag, label, help));
    command.Means(absl::StrCat(prefix, ".", field), flag);
  };
  text("--name", "NAME", "displayName", "display_name", "What to call the customer");
  text("--given-name", "NAME", "givenName", "given_name", "Given names");
  text("--family-name", "NAME", "familyName", "family_name", "Family name");
  text("--company", "NAME", "company", "company", "Company");
  text("--country", "CODE", "country", "country", "ISO 3166-1 code: GB");
  text("--language", "TAG", "language", "language", "BCP 47 tag: en-GB");
  text("--time-zone", "ZONE", "timeZone", "time_zone", "IANA time zone: Europe/London");
  text("--home-store", "STORE", "homeStore", "home_store", "Store that looks after the customer");
  text("--birthday", "DAY", "birthday", "birthday", "1985-06-30, or --06-30 without the year");
  const auto kind = command.Choice("--kind", {"person", "company"}, "Person or company");
  flags.texts.emplace_back("kind", kind);
  for (const auto& [field, flag] :
       {std::pair{"emails", "--email"}, std::pair{"phones", "--phone"},
        std::pair{"external_ids", "--external-id"}, std::pair{"tags", "--tag"},
        std::pair{"attributes", "--attribute"}}) {
    command.Means(absl::StrCat(prefix, ".", field), flag);
  }
  return flags;
}

absl::StatusOr<CustomerChange> ReadCustomerFlags(Client& client, const CustomerFlags& flags,
                                                 const std::string& file) {
  CustomerChange change;
  if (!file.empty()) {
    ABSL_ASSIGN_OR_RETURN(change.customer, ReadJsonFile(file));
    for (const auto& [key, value] : change.customer.items()) change.mask.push_back(key);
  }
  const auto set = [&change](const char* key, Json value) {
    if (!change.customer.contains(key)) change.mask.emplace_back(key);
    change.customer[key] = std::move(value);
  };
  for (const auto& [key, flag] : flags.texts) {
    if (!flag.given()) continue;
    set(key.c_str(), key == "kind" ? absl::StrCat("KIND_", absl::AsciiStrToUpper(*flag)) : *flag);
  }
  if (flags.emails.given()) set("emails", Objects(*flags.emails, "address"));
  if (flags.phones.given()) set("phones", Objects(*flags.phones, "number"));
  if (flags.tags.given()) set("tags", *flags.tags);
  if (flags.external_ids.given()) {
    Json ids = Json::array();
    for (const std::string& text : *flags.external_ids) {
      ABSL_ASSIGN_OR_RETURN(const auto pair, SplitPair("--external-id", text));
      ids.push_back(Json{{"system", pair.first}, {"id", pair.second}});
    }
    set("externalIds", std::move(ids));
  }
  ABSL_RETURN_IF_ERROR(ReadAttributes(client, *flags.attributes, change));
  return change;
}

absl::StatusOr<std::pair<std::string, std::string>> SplitPair(const std::string& flag,
                                                              const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    const char* lacks = equals == 0 ? "nothing before its '='" : "no '='";
    return UsageError(absl::StrCat(flag, " '", text, "' has ", lacks, ": write key=value"));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

absl::StatusOr<Json> MakeAttribute(const std::string& key, const std::string& type,
                                   const std::string& text) {
  const auto wrong = [&](absl::string_view wanted) {
    return UsageError(absl::StrCat("--attribute ", key, ": '", text, "' is not ", wanted));
  };
  if (type == "TYPE_BOOL") {
    if (text != "true" && text != "false") return wrong("true or false");
    return Json{{"boolValue", text == "true"}};
  }
  if (type == "TYPE_INTEGER") {
    int64_t value = 0;
    if (!absl::SimpleAtoi(text, &value)) return wrong("a whole number");
    return Json{{"integerValue", absl::StrCat(value)}};
  }
  if (type == "TYPE_DECIMAL") {
    const absl::StatusOr<int64_t> micros = ParseMicros(text);
    if (!micros.ok()) return wrong("a decimal number with at most 6 decimals");
    return Json{{"decimalMicros", absl::StrCat(*micros)}};
  }
  if (type == "TYPE_TIME") {
    absl::Time time;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
      return wrong("a time such as 2026-03-31T14:05:00Z");
    }
    return Json{{"timeValue", absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone())}};
  }
  if (type == "TYPE_ENUM") return Json{{"enumValue", text}};
  return Json{{"textValue", text}};
}

std::string FormatAttribute(const Json& value, absl::TimeZone zone) {
  if (value.contains("decimalMicros")) return FormatQuantity(Int(value, "decimalMicros"));
  if (value.contains("timeValue")) return FormatApiTime(Text(value, "timeValue"), zone);
  for (const char* key : {"boolValue", "integerValue", "textValue", "enumValue"}) {
    if (value.contains(key)) return Safe(Text(value, key));
  }
  return "";
}

}  // namespace regulars::cli
