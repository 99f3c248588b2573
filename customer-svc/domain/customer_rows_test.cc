// Lines of customer files as customers: each field, and what dirt gets.
#include "customer-svc/domain/customer_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Header = std::vector<std::string>;
using Fields = std::vector<absl::string_view>;

AttributeDefinitions Declared() {
  AttributeDefinitions definitions;
  const auto declare = [&](const std::string& id, AttributeType type) {
    definitions[id] = {.id = id, .type = type};
  };
  declare("vip", AttributeType::kBool);
  declare("shoe", AttributeType::kInteger);
  declare("weight", AttributeType::kDecimal);
  declare("note", AttributeType::kText);
  declare("seen", AttributeType::kTime);
  declare("color", AttributeType::kEnum);
  return definitions;
}

absl::StatusOr<CustomerRows> Open(const CustomerOptions& options, const Header& header) {
  CompanySettings settings;
  settings.country = "DE";
  ABSL_ASSIGN_OR_RETURN(CustomerReading reading,
                        ReadCustomerOptions(options, Declared(), settings));
  return CustomerRows::Make(std::move(reading), header);
}

CustomerRow MustRead(const CustomerOptions& options, const Header& header, const Fields& fields) {
  const absl::StatusOr<CustomerRows> rows = Open(options, header);
  CustomerRow row;
  EXPECT_OK(rows);
  if (!rows.ok()) return row;
  const std::optional<Refusal> refusal = rows->Read(fields, row);
  EXPECT_FALSE(refusal.has_value()) << refusal->reason << " " << refusal->message;
  return row;
}

TEST(CustomerRowsTest, ReadsEveryField) {
  const Header header = {"Nr",
                         "external_id.card",
                         "Mail",
                         "Mail 2",
                         "phone",
                         "Mobile",
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
                         "More tags",
                         "address.line",
                         "Line 2",
                         "address.locality",
                         "address.region",
                         "address.postal_code",
                         "address.country",
                         "nothing"};
  const CustomerOptions options{
      .columns = {"Nr=external_id", "Mail=email", "Mail 2=email", "Mobile=phone", "phone=phone",
                  "More tags=tags", "tags=tags", "Line 2=address.line", "address.line=address.line",
                  "nothing="},
      .customer_system = "erp"};
  const CustomerRow row = MustRead(options, header,
                                   {"17",
                                    "C-1",
                                    "ann@example.com",
                                    "a@example.org",
                                    "030 123456",
                                    "+491511234567",
                                    "Ann B.",
                                    "Ann",
                                    "Bee",
                                    "Acme",
                                    "Company",
                                    "de-DE",
                                    "Germany",
                                    "Europe/Berlin",
                                    "1985-06-30",
                                    "berlin",
                                    "vip|new",
                                    " big ||",
                                    "Ring 1",
                                    "Top 7",
                                    "Wien",
                                    "W",
                                    "1010",
                                    "Austria",
                                    "ignored"});
  const Customer& c = row.customer;
  EXPECT_THAT(c.external_ids, ElementsAre(ExternalId{"erp", "17"}, ExternalId{"card", "C-1"}));
  ASSERT_THAT(c.emails, SizeIs(2));
  EXPECT_EQ(c.emails[0].address, "ann@example.com");
  EXPECT_EQ(c.emails[1].address, "a@example.org");
  ASSERT_THAT(c.phones, SizeIs(2));
  EXPECT_EQ(c.phones[1].number, "+491511234567");
  EXPECT_EQ(c.display_name, "Ann B.");
  EXPECT_EQ(c.given_name, "Ann");
  EXPECT_EQ(c.family_name, "Bee");
  EXPECT_EQ(c.company, "Acme");
  EXPECT_EQ(c.kind, CustomerKind::kCompany);
  EXPECT_EQ(c.language, "de-DE");
  EXPECT_EQ(c.country, "DE");
  EXPECT_EQ(c.time_zone, "Europe/Berlin");
  EXPECT_EQ(c.birthday, "1985-06-30");
  EXPECT_EQ(c.home_store, "berlin");
  EXPECT_THAT(c.tags, ElementsAre("vip", "new", "big"));
  ASSERT_THAT(c.addresses, SizeIs(1));
  EXPECT_EQ(c.addresses[0], (PostalAddress{.lines = {"Ring 1", "Top 7"},
                                           .locality = "Wien",
                                           .region = "W",
                                           .postal_code = "1010",
                                           .country = "AT"}));
}

TEST(CustomerRowsTest, ReadsAttributesByTheirType) {
  const Header header = {"email", "vip", "shoe", "weight", "note", "seen", "attributes.color"};
  CustomerOptions options{
      .csv = {.decimal_separator = ",", .time_zone = "Europe/Berlin", .time_format = "%d.%m.%Y"},
      .columns = {"vip=attributes.vip", "shoe=attributes.shoe", "weight=attributes.weight",
                  "note=attributes.note", "seen=attributes.seen"}};
  const CustomerRow row = MustRead(
      options, header, {"a@b.example", "Yes", "42.0", "1,83", " hello ", "01.07.2020", "red"});
  const auto& values = row.customer.attributes;
  EXPECT_EQ(values.at("vip"), (AttributeValue{AttributeType::kBool, 1, ""}));
  EXPECT_EQ(values.at("shoe"), (AttributeValue{AttributeType::kInteger, 42, ""}));
  EXPECT_EQ(values.at("weight"), (AttributeValue{AttributeType::kDecimal, 1'830'000, ""}));
  EXPECT_EQ(values.at("note"), (AttributeValue{AttributeType::kText, 0, "hello"}));
  // Midnight in Berlin is 22:00 UTC of the day before in summer.
  EXPECT_EQ(values.at("seen"),
            (AttributeValue{AttributeType::kTime, 1593554400 * int64_t{1000000}, ""}));
  EXPECT_EQ(values.at("color"), (AttributeValue{AttributeType::kEnum, 0, "red"}));
}

TEST(CustomerRowsTest, EmptyCellsSayNothing) {
  const CustomerRow row =
      MustRead({}, {"email", "tags", "address.line", "kind", "attributes.shoe", "given_name"},
               {"a@b.example", " ", "", "", "", "\t"});
  EXPECT_THAT(row.customer.tags, IsEmpty());
  EXPECT_THAT(row.customer.addresses, IsEmpty());
  EXPECT_THAT(row.customer.attributes, IsEmpty());
  EXPECT_EQ(row.customer.kind, CustomerKind::kUnspecified);
  EXPECT_EQ(row.customer.given_name, "");
}

TEST(CustomerRowsTest, WhatOptionsChange) {
  struct Case {
    const char* what;
    CustomerOptions options;
    const char* column;
    const char* text;
    std::string (*read)(const Customer&);
    const char* expected;
  };
  const auto id = [](const Customer& c) { return c.external_ids.at(0).id; };
  const auto tags = [](const Customer& c) { return c.tags.at(0) + "," + c.tags.at(1); };
  const auto country = [](const Customer& c) { return c.country; };
  const auto birthday = [](const Customer& c) { return c.birthday; };
  const auto address = [](const Customer& c) { return c.addresses.at(0).country; };
  const Case cases[] = {
      {"ids as they are", {.customer_system = "a"}, "external_id", "17850.0", id, "17850.0"},
      {"ids of spreadsheets",
       {.customer_system = "a", .integer_customer_ids = true},
       "external_id",
       "17850.0",
       id,
       "17850"},
      {"a separator", {.list_separator = ";"}, "tags", "a;b|", tags, "a,b|"},
      {"a country of one's own", {.country_names = {"Eire=IE"}}, "country", "EIRE", country, "IE"},
      {"an unknown country", {.country_names = {"?="}}, "country", "?", country, ""},
      {"a birthday by the time format",
       {.csv = {.time_format = "%d.%m.%Y"}},
       "birthday",
       "30.06.1985",
       birthday,
       "1985-06-30"},
      {"a birthday east of the file's zone",
       {.csv = {.time_zone = "Europe/Berlin", .time_format = "%Y-%m-%dT%H:%M:%S%Ez"}},
       "birthday",
       "1980-05-01T00:00:00+05:30",
       birthday,
       "1980-05-01"},
      {"a birthday west of it",
       {.csv = {.time_zone = "Europe/Berlin", .time_format = "%d.%m.%Y %H:%M %z"}},
       "birthday",
       "01.05.1980 23:30 -0500",
       birthday,
       "1980-05-01"},
      {"a birthday in UTC",
       {.csv = {.time_zone = "America/New_York", .time_format = "%Y-%m-%dT%H:%M:%S%Ez"}},
       "birthday",
       "1980-05-01T00:00:00Z",
       birthday,
       "1980-05-01"},
      // 1980-04-30 22:30 UTC.
      {"a birthday in seconds",
       {.csv = {.time_zone = "Europe/Berlin", .time_format = "%s"}},
       "birthday",
       "325981800",
       birthday,
       "1980-05-01"},
      {"a birthday without its year", {}, "birthday", "--06-30", birthday, "--06-30"},
      {"an address is in the company's country", {}, "address.line", "x", address, "DE"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const CustomerRow row = MustRead(c.options, {"email", c.column}, {"a@b.example", c.text});
    EXPECT_EQ(c.read(row.customer), c.expected);
  }
}

TEST(CustomerRowsTest, RefusedLines) {
  struct Case {
    const char* column;
    const char* text;
    const char* reason;
  };
  const Case cases[] = {
      {"kind", "dog", "INVALID_KIND"},
      {"country", "Atlantis", "UNKNOWN_COUNTRY"},
      {"address.country", "Narnia", "UNKNOWN_COUNTRY"},
      {"attributes.vip", "maybe", "ATTRIBUTE_TYPE"},
      {"attributes.shoe", "42.5", "INVALID_NUMBER"},
      {"attributes.shoe", "9223372036854775808", "INVALID_NUMBER"},
      {"attributes.weight", "1,83", "INVALID_NUMBER"},
      {"attributes.weight", "1e3", "INVALID_NUMBER"},
      {"attributes.seen", "2020-13-01", "INVALID_TIME"},
      {"attributes.seen", "0000-01-01", "INVALID_TIME"},
      {"attributes.seen", "9999-12-31T23:59:59-05:00", "INVALID_TIME"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    ASSERT_OK_AND_ASSIGN(const CustomerRows rows, Open({}, {"email", c.column}));
    CustomerRow row;
    const std::optional<Refusal> refusal = rows.Read(Fields{"a@b.example", c.text}, row);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->reason, c.reason);
    EXPECT_EQ(refusal->column, c.column);
    EXPECT_EQ(refusal->message.find(std::string("'") + c.column + "' "), 0u) << refusal->message;
  }
}

TEST(CustomerRowsTest, YearsThatNoReplyCanHoldAreRefused) {
  const CustomerOptions options{.csv = {.time_format = "%d.%m.%Y"}};
  const Header header = {"email", "attributes.seen", "birthday"};
  ASSERT_OK_AND_ASSIGN(const CustomerRows rows, Open(options, header));
  for (const char* text : {"01.01.20226", "01.01.-5", "01.01.0000"}) {
    SCOPED_TRACE(text);
    CustomerRow row;
    std::optional<Refusal> refusal = rows.Read(Fields{"a@b.example", text, ""}, row);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->reason, "INVALID_TIME");
    EXPECT_EQ(refusal->column, "attributes.seen");
    refusal = rows.Read(Fields{"a@b.example", "", text}, row);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->reason, "INVALID_BIRTHDAY");
    EXPECT_EQ(refusal->column, "birthday");
  }
}

TEST(CustomerRowsTest, RefusedFiles) {
  struct Case {
    const char* what;
    CustomerOptions options;
    Header header;
    const char* reason;
  };
  const Case cases[] = {
      {"nobody to be found", {}, {"given_name"}, "MISSING_COLUMN"},
      {"ids of no system", {}, {"external_id"}, "INVALID_OPTIONS"},
      {"a mapped column is absent", {.columns = {"x=email"}}, {"email"}, "MISSING_COLUMN"},
      {"two family names",
       {.columns = {"a=family_name", "b=family_name"}},
       {"email", "a", "b"},
       "DUPLICATE_COLUMN"},
      {"no such system", {.columns = {"a=external_id.ERP"}}, {"a"}, "UNKNOWN_FIELD"},
      {"a system with blanks", {.customer_system = "my erp"}, {"email"}, "INVALID_OPTIONS"},
      {"a long separator", {.list_separator = "123456789"}, {"email"}, "INVALID_OPTIONS"},
      {"no such country", {.country_names = {"Eire=EIRE"}}, {"email"}, "INVALID_OPTIONS"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_THAT(Open(c.options, c.header), HasReason(c.reason));
  }
}

TEST(CustomerRowsTest, UndeclaredAttributesAreToldAsSuch) {
  const absl::Status column =
      Open({}, {"email", "attributes.hat", "attributes.shoe", "colour", "attributes.!"}).status();
  EXPECT_THAT(column, HasReason("UNKNOWN_COLUMN"));
  EXPECT_EQ(GetErrorDetails(column).violations.at(0).description,
            "hold attributes that are not declared: 'attributes.hat'; "
            "AttributeService.CreateAttributeDefinition declares them, and 'column=' leaves one "
            "out; they give no field to what the file has: 'colour', 'attributes.!'; write "
            "'column=field' for each, or 'column=' to leave one out");
  const absl::Status field = Open({.columns = {"Hat=attributes.hat"}}, {"email", "Hat"}).status();
  EXPECT_THAT(field, HasReason("UNKNOWN_FIELD"));
  EXPECT_EQ(GetErrorDetails(field).violations.at(0).description,
            "names an attribute that is not declared: 'attributes.hat'; "
            "AttributeService.CreateAttributeDefinition declares it");
}

TEST(CustomerRowsTest, ExplainsByTheColumn) {
  const CustomerOptions options{.columns = {"Mail=email", "Mail 2=email", "Street=address.line"}};
  const Header header = {"Mail", "Mail 2", "Street", "family_name"};
  ASSERT_OK_AND_ASSIGN(const CustomerRows rows, Open(options, header));
  CustomerRow row;
  ASSERT_FALSE(rows.Read(Fields{"", "nobody", "Ring 1", "Bee"}, row).has_value());
  Refusal refusal =
      rows.Explain(row, FieldError("emails[0].address", "INVALID_EMAIL", "has no '@'"));
  EXPECT_EQ(refusal.reason, "INVALID_EMAIL");
  EXPECT_EQ(refusal.column, "Mail 2") << "the first address of the line is in the second column";
  EXPECT_EQ(refusal.message, "'Mail 2' has no '@'");
  refusal = rows.Explain(row, FieldError("addresses[0].lines[0]", "FIELD_TOO_LONG", "is long"));
  EXPECT_EQ(refusal.column, "Street");
  refusal = rows.Explain(row, FailedPrecondition("IDENTIFIERS_OF_SEVERAL_CUSTOMERS", "two"));
  EXPECT_EQ(refusal.column, "");
  EXPECT_EQ(refusal.message, "two");
}

TEST(CustomerRowsTest, NamesTheAttributesOfOptions) {
  EXPECT_THAT(
      AttributesNamed({.columns = {"a=b=attributes.shoe", "x=email", "y = attributes.vip "}}),
      ElementsAre("shoe", "vip"));
}

}  // namespace
}  // namespace regulars::customer
