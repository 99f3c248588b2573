// Customers made, read and changed over gRPC, and each error that the proto documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "customer-svc/testing/customer_fixture.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StatusIs;

TEST_F(CustomerServiceTest, CreateKeepsAllThatWasSaid) {
  Declare("vip_since", "type: TYPE_TIME");
  Declare("shoe_size", "type: TYPE_DECIMAL");
  Declare("color", R"(type: TYPE_ENUM enum_values: "red" enum_values: "blue")");
  Declare("happy", "type: TYPE_BOOL");
  Declare("children", "type: TYPE_INTEGER");
  Declare("note", "type: TYPE_TEXT");
  const v1::Customer made = MustCreate(std::string(kWhole) + R"pb(
    attributes {
      key: "vip_since"
      value { time_value { seconds: 1700000000 nanos: 123456789 } }
    }
    attributes {
      key: "shoe_size"
      value { decimal_micros: 38500000 }
    }
    attributes {
      key: "color"
      value { enum_value: "blue" }
    }
    attributes {
      key: "happy"
      value { bool_value: false }
    }
    attributes {
      key: "children"
      value { integer_value: -9223372036854775808 }
    }
    attributes {
      key: "note"
      value { text_value: "" }
    }
  )pb");
  v1::Customer expected = Parse<v1::Customer>(R"pb(
    display_name: "Johanna Müller"
    given_name: "Johanna"
    family_name: "Müller"
    company: "Acme GmbH"
    kind: KIND_PERSON
    language: "de-AT"
    country: "AT"
    time_zone: "Europe/Vienna"
    home_store: "wien"
    birthday: "--02-29"
    emails { address: "Johanna@Müller.example" label: "home" }
    emails { address: "jm@acme.example" label: "work" primary: true verified: true }
    phones { number: "+4315123456" label: "home" primary: true }
    external_ids { system: "erp" id: "00017" }
    external_ids { system: "erp" id: "00018" }
    tags: "vip"
    tags: "größe:xl"
    addresses {
      label: "delivery"
      recipient: "Concierge"
      lines: "Ring 1"
      lines: "Top 7"
      locality: "Wien"
      region: "W"
      postal_code: "1010"
      country: "AT"
      primary: true
    }
    attributes {
      key: "vip_since"
      value { time_value { seconds: 1700000000 nanos: 123456000 } }
    }
    attributes {
      key: "shoe_size"
      value { decimal_micros: 38500000 }
    }
    attributes {
      key: "color"
      value { enum_value: "blue" }
    }
    attributes {
      key: "happy"
      value { bool_value: false }
    }
    attributes {
      key: "children"
      value { integer_value: -9223372036854775808 }
    }
    attributes {
      key: "note"
      value { text_value: "" }
    }
    create_time { seconds: 1700000000 }
    update_time { seconds: 1700000000 }
    purchases {
      sales_amount { currency_code: "EUR" }
      returned_amount { currency_code: "EUR" }
      revenue { currency_code: "EUR" }
    }
  )pb");
  expected.set_name(made.name());
  expected.set_etag(made.etag());
  EXPECT_EQ(made.DebugString(), expected.DebugString());
  EXPECT_THAT(made.name(), ::testing::MatchesRegex("customers/[0-9a-z]{26}"));
  ASSERT_OK_AND_ASSIGN(const v1::Customer got, Get(made.name()));
  EXPECT_EQ(got.DebugString(), expected.DebugString());
  EXPECT_THAT(server_.EventsAfter(0), ElementsAre("customer_created " + made.name()));
}

TEST_F(CustomerServiceTest, CreateTakesACustomerOfWhomNothingIsKnown) {
  const v1::Customer made = MustCreate("");
  EXPECT_EQ(made.kind(), v1::Customer::KIND_PERSON);
  EXPECT_THAT(made.display_name(), IsEmpty());
}

TEST_F(CustomerServiceTest, WhatIsSaidTwiceIsKeptOnce) {
  const v1::Customer made = MustCreate(R"(
      emails { address: "Ann@example.com" label: "home" }
      emails { address: "ann@EXAMPLE.com" verified: true }
      phones { number: "+442079460000" } phones { number: "+44 20 7946 0000" label: "work" }
      external_ids { system: "erp" id: "1" } external_ids { system: "erp" id: "1" })");
  ASSERT_THAT(made.emails(), SizeIs(1));
  EXPECT_EQ(made.emails(0).address(), "Ann@example.com");
  EXPECT_EQ(made.emails(0).label(), "home");
  EXPECT_TRUE(made.emails(0).verified() && made.emails(0).primary());
  ASSERT_THAT(made.phones(), SizeIs(1));
  EXPECT_EQ(made.phones(0).label(), "work");
  EXPECT_THAT(made.external_ids(), SizeIs(1));
}

TEST_F(CustomerServiceTest, TheCountryIsTheLatestOrdersUntilACallerSetsIt) {
  const v1::Customer made = MustCreate("");
  const auto order = [&](const std::string& receipt, int64_t time, const std::string& country) {
    v1::UpsertOrderRequest request;
    *request.mutable_order() = Parse<v1::Order>(absl::StrCat(
        "source: 'till' receipt_number: '", receipt, "' order_time { seconds: ", time,
        " } currency_code: 'EUR' country: '", country, "' customer: '", made.name(),
        "' lines { item: 'mug' quantity_micros: 1000000 unit_price_micros: 5000000 }"));
    EXPECT_OK(server_.Call(&CustomerServer::Orders::UpsertOrder, request));
  };
  order("1", 1'690'000'000, "GB");
  ASSERT_OK_AND_ASSIGN(const v1::Customer british, Get(made.name()));
  EXPECT_EQ(british.country(), "GB");
  EXPECT_EQ(british.etag(), made.etag());
  v1::UpdateCustomerRequest sent_back;
  *sent_back.mutable_customer() = british;
  sent_back.mutable_customer()->set_given_name("Bea");
  ASSERT_OK(server_.Call(&Customers::UpdateCustomer, sent_back));
  order("1b", 1'690'000'050, "NL");
  EXPECT_EQ(Get(made.name())->country(), "NL");
  ASSERT_OK(Update(made.name(), "country: 'IE'"));
  order("2", 1'690'000'100, "FR");
  EXPECT_EQ(Get(made.name())->country(), "IE");
  ASSERT_OK_AND_ASSIGN(const v1::Customer freed, Update(made.name(), "", {"country"}));
  EXPECT_EQ(freed.country(), "FR");
  order("3", 1'690'000'200, "DE");
  EXPECT_EQ(Get(made.name())->country(), "DE");
}

struct Refusal {
  const char* name;
  const char* customer;
  const char* reason;
  const char* field;
};

const Refusal kRefusals[] = {
    {"named", R"(name: "customers/x")", "NAME_NOT_ALLOWED", "customer.name"},
    {"email", R"(emails { address: "nobody" })", "INVALID_EMAIL", "customer.emails[0].address"},
    {"phone", R"(phones { number: "123" })", "INVALID_PHONE", "customer.phones[0].number"},
    {"national_phone", R"(phones { number: "020 7946 0000" })", "INVALID_PHONE",
     "customer.phones[0].number"},
    {"country", R"(country: "UK")", "INVALID_COUNTRY", "customer.country"},
    {"language", R"(language: "english")", "INVALID_LANGUAGE", "customer.language"},
    {"time_zone", R"(time_zone: "Moon")", "INVALID_TIME_ZONE", "customer.time_zone"},
    {"birthday", R"(birthday: "2023-11-15")", "INVALID_BIRTHDAY", "customer.birthday"},
    {"attribute", R"(attributes { key: "x" value { bool_value: true } })", "ATTRIBUTE_UNKNOWN",
     "customer.attributes.x"},
    {"attribute_type", R"(attributes { key: "size" value { bool_value: true } })", "ATTRIBUTE_TYPE",
     "customer.attributes.size"},
    {"attribute_time",
     R"(attributes { key: "when" value { time_value { seconds: 253402300800 } } })", "INVALID_TIME",
     "customer.attributes.when"},
    {"long_name", nullptr, "FIELD_TOO_LONG", "customer.given_name"},
};

TEST_F(CustomerServiceTest, CreateRefusesWhatCannotBe) {
  Declare("size", "type: TYPE_INTEGER");
  Declare("when", "type: TYPE_TIME");
  const std::string long_name = "given_name: \"" + std::string(101, 'x') + "\"";
  const int64_t before = position();
  for (const Refusal& row : kRefusals) {
    const auto refused = Create(row.customer != nullptr ? row.customer : long_name);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument)) << row.name;
    EXPECT_THAT(refused, HasReason(row.reason)) << row.name;
    EXPECT_EQ(GetErrorDetails(refused.status()).violations.at(0).field, row.field) << row.name;
  }
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(position(), before);
}

TEST_F(CustomerServiceTest, AnIdentifierBelongsToOneCustomer) {
  const v1::Customer owner = MustCreate(R"(
      emails { address: "ann@example.com" } external_ids { system: "erp" id: "1" }
      phones { number: "+442079460000" })");
  for (
      const char* text :
      {R"(emails { address: "ANN@EXAMPLE.COM" })", R"(external_ids { system: "erp" id: "1" })",
       R"(given_name: "Bea" emails { address: "b@example.com" } emails { address: "ann@example.com" })"}) {
    const auto refused = Create(text);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAlreadyExists)) << text;
    EXPECT_THAT(refused, HasReason("IDENTIFIER_TAKEN")) << text;
    EXPECT_THAT(GetErrorDetails(refused.status()).metadata,
                ElementsAre(std::pair("customer", owner.name())));
  }
  EXPECT_EQ(server_.Count("customer"), 1);
  EXPECT_EQ(server_.Count("customer_email"), 1) << "a refused customer leaves nothing";
  EXPECT_EQ(server_.Count("customer_name"), 0);
  // Another system's id, an id in other letters and a shared phone are others.
  MustCreate(R"(external_ids { system: "shop" id: "1" } phones { number: "+442079460000" })");
  const v1::Customer other = MustCreate(R"(external_ids { system: "erp" id: "A" })");
  MustCreate(R"(external_ids { system: "erp" id: "a" })");
  EXPECT_THAT(Update(other.name(), R"(emails { address: "ann@example.com" })"),
              HasReason("IDENTIFIER_TAKEN"));
}

TEST_F(CustomerServiceTest, GetAndBatchGet) {
  const v1::Customer ann = MustCreate(R"(given_name: "Ann")");
  const v1::Customer bea = MustCreate(R"(given_name: "Bea")");
  EXPECT_THAT(Get("customers/06g1x7k3vq8s5e0h4m2n9p1r3t"), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Get("customers/06g1x7k3vq8s5e0h4m2n9p1r3t"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Get(""), HasReason("NAME_MISSING"));
  EXPECT_THAT(Get("customer/x"), HasReason("INVALID_NAME"));
  EXPECT_THAT(Get("customers/a/b"), HasReason("INVALID_NAME"));
  v1::BatchGetCustomersRequest request;
  request.add_names(bea.name());
  request.add_names("customers/unknown");
  request.add_names(ann.name());
  request.add_names(bea.name());
  ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Customers::BatchGetCustomers, request));
  ASSERT_THAT(reply.customers(), SizeIs(3));
  EXPECT_EQ(reply.customers(0).name(), bea.name());
  EXPECT_EQ(reply.customers(1).name(), ann.name());
  EXPECT_EQ(reply.customers(2).name(), bea.name());
  request.add_names("nonsense");
  EXPECT_THAT(server_.Call(&Customers::BatchGetCustomers, request), HasReason("INVALID_NAME"));
  EXPECT_THAT(server_.Call(&Customers::BatchGetCustomers, {}), HasReason("INVALID_BATCH_SIZE"));
  for (int i = 0; i < 1000; ++i) request.add_names(ann.name());
  EXPECT_THAT(server_.Call(&Customers::BatchGetCustomers, request),
              HasReason("INVALID_BATCH_SIZE"));
}

TEST_F(CustomerServiceTest, ABatchOfLongCustomersIsRefusedBeforeItIsTooLong) {
  std::string text;
  for (int address = 0; address < 20; ++address) {
    absl::StrAppend(&text, "addresses { country: 'GB' locality: 'Town ", address, "' ");
    for (int line = 0; line < 5; ++line) {
      text += "lines: '";
      for (int i = 0; i < 200; ++i) text += "\u6f22";
      text += "' ";
    }
    text += "} ";
  }
  const std::string name = MustCreate(text).name();
  v1::BatchGetCustomersRequest request;
  for (int i = 0; i < 20; ++i) request.add_names(name);
  ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Customers::BatchGetCustomers, request));
  EXPECT_EQ(reply.customers_size(), 20) << "as often as it is asked for";
  for (int i = 20; i < 1000; ++i) request.add_names(name);
  const absl::Status refused = server_.Call(&Customers::BatchGetCustomers, request).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(refused, HasReason("REPLY_TOO_LARGE"));
  EXPECT_EQ(GetErrorDetails(refused).violations.at(0).field, "names");
}

TEST_F(CustomerServiceTest, UpdateChangesWhatTheMaskNames) {
  Declare("size", "type: TYPE_INTEGER");
  const v1::Customer made =
      MustCreate(std::string(kWhole) + R"(attributes { key: "size" value { integer_value: 38 } })");
  server_.server().clock().Advance(absl::Seconds(5));
  const int64_t before = position();
  ASSERT_OK_AND_ASSIGN(const v1::Customer changed,
                       Update(made.name(), R"(given_name: "Anna" tags: "new" company: "ignored"
                                              attributes { key: "size" value { integer_value: 39 } })",
                              {"given_name", "tags", "attributes.size", "phones"}));
  EXPECT_EQ(changed.given_name(), "Anna");
  EXPECT_EQ(changed.display_name(), "Anna Müller");
  EXPECT_EQ(changed.company(), "Acme GmbH");
  EXPECT_THAT(changed.tags(), ElementsAre("new"));
  EXPECT_THAT(changed.phones(), IsEmpty());
  EXPECT_EQ(changed.attributes().at("size").integer_value(), 39);
  EXPECT_EQ(changed.update_time().seconds(), 1'700'000'005);
  EXPECT_EQ(changed.create_time().seconds(), 1'700'000'000);
  EXPECT_NE(changed.etag(), made.etag());
  EXPECT_THAT(server_.EventsAfter(before), ElementsAre("customer_updated " + made.name()));
  EXPECT_THAT(server_.NewestEvent<v1::CustomerUpdated>().changed_fields().paths(),
              ElementsAre("given_name", "phones", "tags", "attributes.size"));
  ASSERT_OK_AND_ASSIGN(const v1::Customer got, Get(made.name()));
  EXPECT_EQ(got.DebugString(), changed.DebugString());
}

TEST_F(CustomerServiceTest, UpdateWithoutAMaskChangesWhatIsSet) {
  const v1::Customer made = MustCreate(kWhole);
  ASSERT_OK_AND_ASSIGN(const v1::Customer changed,
                       Update(made.name(), R"(language: "fr" tags: "only")"));
  EXPECT_EQ(changed.language(), "fr");
  EXPECT_THAT(changed.tags(), ElementsAre("only"));
  EXPECT_THAT(changed.emails(), SizeIs(2));
}

TEST_F(CustomerServiceTest, UpdateOfAllClearsWhatIsNotSet) {
  const v1::Customer made = MustCreate(kWhole);
  ASSERT_OK_AND_ASSIGN(const v1::Customer changed,
                       Update(made.name(), R"(company: "Acme")", {"*"}));
  EXPECT_EQ(changed.display_name(), "Acme");
  EXPECT_THAT(changed.emails(), IsEmpty());
  EXPECT_THAT(changed.home_store(), IsEmpty());
  EXPECT_EQ(server_.Count("customer_email") + server_.Count("customer_external_id") +
                server_.Count("customer_phone") + server_.Count("customer_tag") +
                server_.Count("customer_address"),
            0);
  // Freed identifiers can be another's.
  MustCreate(R"(emails { address: "jm@acme.example" })");
}

TEST_F(CustomerServiceTest, WhatChangesNothingIsNoChange) {
  const v1::Customer made = MustCreate(kWhole);
  server_.server().clock().Advance(absl::Seconds(5));
  const int64_t before = position();
  ASSERT_OK_AND_ASSIGN(const v1::Customer same, Update(made.name(), kWhole));
  EXPECT_EQ(same.DebugString(), made.DebugString());
  v1::UpdateCustomerRequest whole;
  *whole.mutable_customer() = made;
  whole.mutable_update_mask()->add_paths("*");
  EXPECT_OK(server_.Call(&Customers::UpdateCustomer, whole));
  EXPECT_EQ(position(), before) << "sent back as it was read";
}

TEST_F(CustomerServiceTest, UpdateErrors) {
  const v1::Customer made = MustCreate(R"(given_name: "Ann")");
  EXPECT_THAT(Update("customers/unknown", ""), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Update(made.name(), "", {"nickname"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Update(made.name(), "", {"attributes.unknown"}), HasReason("ATTRIBUTE_UNKNOWN"));
  EXPECT_THAT(Update(made.name(), R"(country: "UK")"), HasReason("INVALID_COUNTRY"));
  EXPECT_OK(Update(made.name(), R"(country: "UK" given_name: "Bea")", {"given_name"}))
      << "what the mask does not name is not looked at";
  const auto stale = Update(made.name(), "given_name: \"Cleo\" etag: '" + made.etag() + "'");
  EXPECT_THAT(stale, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(stale, HasReason("ETAG_MISMATCH"));
  ASSERT_OK_AND_ASSIGN(const v1::Customer now, Get(made.name()));
  EXPECT_EQ(now.given_name(), "Bea");
  EXPECT_OK(Update(made.name(), "given_name: \"Cleo\" etag: '" + now.etag() + "'"));
}

TEST_F(CustomerServiceTest, ScopesAreAsked) {
  EXPECT_THAT(Create("", "users/a customer.read"), HasReason("SCOPE_MISSING"));
  EXPECT_THAT(Get("customers/x", "users/a customer.write"), HasReason("SCOPE_MISSING"));
}

}  // namespace
}  // namespace regulars::customer
