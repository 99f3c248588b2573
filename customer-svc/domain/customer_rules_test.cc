#include "customer-svc/domain/customer_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

using testing::HasReason;

std::string Letters(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "\xC3\xA9";  // é: two bytes, one character.
  return text;
}

AttributeDefinitions Definitions() {
  const auto define = [](const char* id, AttributeType type, std::vector<std::string> values = {}) {
    AttributeDefinition definition;
    definition.id = id;
    definition.type = type;
    definition.enum_values = std::move(values);
    return std::pair(std::string(id), definition);
  };
  return {define("vip", AttributeType::kBool), define("size", AttributeType::kInteger),
          define("note", AttributeType::kText),
          define("color", AttributeType::kEnum, {"red", "blue"})};
}

absl::Status Prepare(Customer& customer, const std::string& known_country = "") {
  const AttributeDefinitions definitions = Definitions();
  return PrepareInput(
      customer, known_country,
      {.definitions = definitions, .company_country = "GB", .today = absl::CivilDay(2024, 5, 31)});
}

TEST(PrepareInput, AcceptsAnEmptyCustomer) {
  Customer customer;
  EXPECT_OK(Prepare(customer));
}

TEST(PrepareInput, PutsFieldsIntoTheirForm) {
  Customer customer;
  customer.language = "EN-gb";
  customer.country = "fr";
  customer.emails = {{.address = "Ann@Example.com"}};
  customer.phones = {{.number = "01 23 45 67 89"}, {.number = "+44 20 7946 0000"}};
  customer.addresses = {{.lines = {"1 High St"}, .country = "gb"}};
  ASSERT_OK(Prepare(customer));
  EXPECT_EQ(customer.language, "en-GB");
  EXPECT_EQ(customer.country, "FR");
  EXPECT_EQ(customer.emails[0].address, "Ann@Example.com");
  EXPECT_EQ(customer.emails[0].folded, "ann@example.com");
  EXPECT_EQ(customer.phones[0].number, "+33123456789");
  EXPECT_EQ(customer.phones[1].number, "+442079460000");
  EXPECT_EQ(customer.addresses[0].country, "GB");
}

TEST(PrepareInput, ReadsPhonesByTheNearestCountryKnown) {
  Customer customer;
  customer.phones = {{.number = "020 7946 0000"}};
  ASSERT_OK(Prepare(customer));  // The company's country.
  EXPECT_EQ(customer.phones[0].number, "+442079460000");
  customer.phones = {{.number = "(202) 555-0123"}};
  ASSERT_OK(Prepare(customer, "US"));  // The one known of the customer.
  EXPECT_EQ(customer.phones[0].number, "+12025550123");
}

TEST(PrepareInput, TakesTheLongestAndMost) {
  Customer customer;
  customer.display_name = Letters(200);
  customer.given_name = Letters(100);
  customer.family_name = Letters(100);
  customer.company = Letters(200);
  customer.home_store = std::string(64, 's');
  for (size_t i = 0; i < kMaxEmails; ++i) {
    customer.emails.push_back(
        {.address = absl::StrCat("a", i, "@example.com"), .label = Letters(64)});
  }
  for (size_t i = 0; i < kMaxExternalIds; ++i) {
    customer.external_ids.push_back({std::string(64, 'x'), absl::StrCat(i, Letters(198))});
  }
  for (size_t i = 0; i < kMaxTags; ++i) customer.tags.push_back(absl::StrCat(Letters(60), i));
  customer.addresses = {{.label = Letters(64),
                         .recipient = Letters(200),
                         .lines = std::vector<std::string>(5, Letters(200)),
                         .locality = Letters(100),
                         .region = Letters(100),
                         .postal_code = Letters(20),
                         .country = "XK"}};
  customer.attributes = {{"vip", {AttributeType::kBool, 1, ""}},
                         {"size", {AttributeType::kInteger, INT64_MIN, ""}},
                         {"note", {AttributeType::kText, 0, Letters(1000)}},
                         {"color", {AttributeType::kEnum, 0, "blue"}}};
  EXPECT_OK(Prepare(customer));
}

struct Bad {
  const char* name;
  std::function<void(Customer&)> spoil;
  const char* field;
  const char* reason;
};

const Bad kBad[] = {
    {"display_name_long", [](Customer& c) { c.display_name = Letters(201); }, "display_name",
     "FIELD_TOO_LONG"},
    {"given_name_long", [](Customer& c) { c.given_name = Letters(101); }, "given_name",
     "FIELD_TOO_LONG"},
    {"family_name_nul", [](Customer& c) { c.family_name = std::string("a\0b", 3); }, "family_name",
     "INVALID_TEXT"},
    {"company_bytes", [](Customer& c) { c.company = "\xC3("; }, "company", "INVALID_TEXT"},
    {"kind", [](Customer& c) { c.kind = static_cast<CustomerKind>(3); }, "kind", "INVALID_KIND"},
    {"negative_kind", [](Customer& c) { c.kind = static_cast<CustomerKind>(-1); }, "kind",
     "INVALID_KIND"},
    {"language", [](Customer& c) { c.language = "english"; }, "language", "INVALID_LANGUAGE"},
    {"country", [](Customer& c) { c.country = "UK"; }, "country", "INVALID_COUNTRY"},
    {"country_name", [](Customer& c) { c.country = "France"; }, "country", "INVALID_COUNTRY"},
    {"time_zone", [](Customer& c) { c.time_zone = "Europe/Atlantis"; }, "time_zone",
     "INVALID_TIME_ZONE"},
    {"birthday", [](Customer& c) { c.birthday = "2024-06-01"; }, "birthday", "INVALID_BIRTHDAY"},
    {"home_store", [](Customer& c) { c.home_store = "a store"; }, "home_store",
     "INVALID_HOME_STORE"},
    {"home_store_long", [](Customer& c) { c.home_store = std::string(65, 's'); }, "home_store",
     "INVALID_HOME_STORE"},
    {"email",
     [](Customer& c) {
       c.emails = {{.address = "a@b.example"}, {.address = "b"}};
     },
     "emails[1].address", "INVALID_EMAIL"},
    {"email_label",
     [](Customer& c) { c.emails = {{.address = "a@b.example", .label = Letters(65)}}; },
     "emails[0].label", "FIELD_TOO_LONG"},
    {"emails_primary",
     [](Customer& c) {
       c.emails = {{.address = "a@b.example", .primary = true},
                   {.address = "b@b.example", .primary = true}};
     },
     "emails", "SEVERAL_PRIMARY"},
    {"emails_many", [](Customer& c) { c.emails.resize(21); }, "emails", "TOO_MANY_EMAILS"},
    {"phone", [](Customer& c) { c.phones = {{.number = "12"}}; }, "phones[0].number",
     "INVALID_PHONE"},
    {"phones_many", [](Customer& c) { c.phones.resize(21); }, "phones", "TOO_MANY_PHONES"},
    {"system",
     [](Customer& c) {
       c.external_ids = {{"ERP", "1"}};
     },
     "external_ids[0].system", "INVALID_EXTERNAL_ID"},
    {"system_empty",
     [](Customer& c) {
       c.external_ids = {{"", "1"}};
     },
     "external_ids[0].system", "INVALID_EXTERNAL_ID"},
    {"external_id_empty",
     [](Customer& c) {
       c.external_ids = {{"erp", ""}};
     },
     "external_ids[0].id", "INVALID_EXTERNAL_ID"},
    {"external_id_long",
     [](Customer& c) {
       c.external_ids = {{"erp", Letters(201)}};
     },
     "external_ids[0].id", "INVALID_EXTERNAL_ID"},
    {"external_ids_many",
     [](Customer& c) {
       c.external_ids.resize(51, {"erp", "1"});
     },
     "external_ids", "TOO_MANY_EXTERNAL_IDS"},
    {"tag_space",
     [](Customer& c) {
       c.tags = {"ok", "not ok"};
     },
     "tags[1]", "INVALID_TAG"},
    {"tag_empty", [](Customer& c) { c.tags = {""}; }, "tags[0]", "INVALID_TAG"},
    {"tag_long", [](Customer& c) { c.tags = {Letters(65)}; }, "tags[0]", "INVALID_TAG"},
    {"tag_comma", [](Customer& c) { c.tags = {"a,b"}; }, "tags[0]", "INVALID_TAG"},
    {"tags_many", [](Customer& c) { c.tags.resize(101, "a"); }, "tags", "TOO_MANY_TAGS"},
    {"address_country", [](Customer& c) { c.addresses = {{.locality = "Bath"}}; },
     "addresses[0].country", "INVALID_COUNTRY"},
    {"address_lines",
     [](Customer& c) { c.addresses = {{.lines = std::vector<std::string>(6), .country = "GB"}}; },
     "addresses[0].lines", "INVALID_ADDRESS"},
    {"address_line_break",
     [](Customer& c) { c.addresses = {{.lines = {"a\nb"}, .country = "GB"}}; },
     "addresses[0].lines[0]", "INVALID_TEXT"},
    {"postal_code",
     [](Customer& c) { c.addresses = {{.postal_code = Letters(21), .country = "GB"}}; },
     "addresses[0].postal_code", "FIELD_TOO_LONG"},
    {"addresses_many", [](Customer& c) { c.addresses.resize(21); }, "addresses",
     "TOO_MANY_ADDRESSES"},
    {"attribute_unknown", [](Customer& c) { c.attributes["shoe"] = {AttributeType::kInteger}; },
     "attributes.shoe", "ATTRIBUTE_UNKNOWN"},
    {"attribute_key", [](Customer& c) { c.attributes["No-Key"] = {AttributeType::kInteger}; },
     "attributes", "ATTRIBUTE_UNKNOWN"},
    {"attribute_type",
     [](Customer& c) {
       c.attributes["vip"] = {AttributeType::kInteger, 1};
     },
     "attributes.vip", "ATTRIBUTE_TYPE"},
    {"attribute_without_value", [](Customer& c) { c.attributes["vip"] = {}; }, "attributes.vip",
     "ATTRIBUTE_TYPE"},
    {"attribute_enum",
     [](Customer& c) {
       c.attributes["color"] = {AttributeType::kEnum, 0, "x"};
     },
     "attributes.color", "ATTRIBUTE_VALUE"},
    {"attribute_text",
     [](Customer& c) {
       c.attributes["note"] = {AttributeType::kText, 0, Letters(1001)};
     },
     "attributes.note", "ATTRIBUTE_VALUE"},
};

TEST(PrepareInput, RefusesAndNamesTheField) {
  for (const Bad& row : kBad) {
    Customer customer;
    row.spoil(customer);
    const absl::Status refused = Prepare(customer);
    EXPECT_THAT(refused, HasReason(row.reason)) << row.name;
    const ErrorDetails details = GetErrorDetails(refused);
    ASSERT_FALSE(details.violations.empty()) << row.name;
    EXPECT_EQ(details.violations[0].field, row.field) << row.name;
  }
}

TEST(PrepareInput, NamesAllFieldsAtFault) {
  Customer customer;
  customer.country = "UK";
  customer.emails = {{.address = "x"}};
  customer.tags = {" "};
  EXPECT_EQ(GetErrorDetails(Prepare(customer)).violations.size(), 3u);
  customer.tags.assign(100, " ");
  EXPECT_EQ(GetErrorDetails(Prepare(customer)).violations.size(), Faults::kMaxViolations);
}

TEST(CheckLimits, CountsAfterAChange) {
  Customer customer;
  customer.tags.resize(kMaxTags);
  EXPECT_OK(CheckLimits(customer));
  customer.tags.emplace_back();
  EXPECT_THAT(CheckLimits(customer), HasReason("TOO_MANY_TAGS"));
}

TEST(CheckDefinition, WhatADeclarationMaySay) {
  AttributeDefinition definition;
  definition.type = AttributeType::kEnum;
  definition.enum_values = std::vector<std::string>(200);
  for (size_t i = 0; i < 200; ++i) definition.enum_values[i] = absl::StrCat(i, Letters(97));
  definition.display_name = Letters(200);
  definition.description = Letters(2000);
  EXPECT_OK(CheckDefinition(definition));
  const auto refused = [&](const std::function<void(AttributeDefinition&)>& spoil) {
    AttributeDefinition spoiled = definition;
    spoil(spoiled);
    return GetErrorDetails(CheckDefinition(spoiled)).reason;
  };
  EXPECT_EQ(refused([](auto& d) { d.type = AttributeType::kUnspecified; }), "INVALID_TYPE");
  EXPECT_EQ(refused([](auto& d) { d.type = static_cast<AttributeType>(7); }), "INVALID_TYPE");
  EXPECT_EQ(refused([](auto& d) { d.type = AttributeType::kText; }), "INVALID_ENUM_VALUES");
  EXPECT_EQ(refused([](auto& d) { d.enum_values.clear(); }), "INVALID_ENUM_VALUES");
  EXPECT_EQ(refused([](auto& d) { d.enum_values.push_back("x"); }), "INVALID_ENUM_VALUES");
  EXPECT_EQ(refused([](auto& d) { d.enum_values = {"a", "a"}; }), "INVALID_ENUM_VALUES");
  EXPECT_EQ(refused([](auto& d) { d.enum_values = {""}; }), "INVALID_ENUM_VALUES");
  EXPECT_EQ(refused([](auto& d) { d.display_name += "x"; }), "FIELD_TOO_LONG");
  EXPECT_EQ(refused([](auto& d) { d.description += std::string(1, '\0'); }), "INVALID_TEXT");
}

}  // namespace
}  // namespace regulars::customer
