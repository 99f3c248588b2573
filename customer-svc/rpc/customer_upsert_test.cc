// Customers deleted and upserted over gRPC, and each error that the proto documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customer-svc/testing/customer_fixture.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StatusIs;

TEST_F(CustomerServiceTest, DeleteTakesEverythingAway) {
  Declare("size", "type: TYPE_INTEGER");
  const v1::Customer made =
      MustCreate(std::string(kWhole) + R"(attributes { key: "size" value { integer_value: 38 } })");
  EXPECT_THAT(Delete("name: '" + made.name() + "' etag: 'other'"), HasReason("ETAG_MISMATCH"));
  const int64_t before = position();
  EXPECT_OK(Delete("name: '" + made.name() + "' etag: '" + made.etag() + "'"));
  EXPECT_EQ(Rows(), 0);
  EXPECT_THAT(server_.EventsAfter(before), ElementsAre("customer_deleted " + made.name()));
  EXPECT_THAT(Delete("name: '" + made.name() + "'"), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_OK(Delete("allow_missing: true name: '" + made.name() + "'"));
  EXPECT_EQ(position(), before + 1);
}

TEST_F(CustomerServiceTest, DeleteLeavesOrdersOnlyIfForced) {
  const v1::Customer made = MustCreate(R"(external_ids { system: "erp" id: "1" })");
  v1::UpsertOrderRequest order;
  *order.mutable_order() = Parse<v1::Order>(R"(
      source: "till" receipt_number: "1" order_time { seconds: 1690000000 } currency_code: "EUR"
      lines { item: "mug" quantity_micros: 1000000 unit_price_micros: 5000000 })");
  order.mutable_order()->set_customer(made.name());
  ASSERT_OK(server_.Call(&CustomerServer::Orders::UpsertOrder, order));
  ASSERT_OK_AND_ASSIGN(const v1::Customer buyer, Get(made.name()));
  EXPECT_EQ(buyer.purchases().order_count(), 1);
  EXPECT_EQ(buyer.purchases().revenue().micros(), 5'000'000);
  EXPECT_EQ(buyer.purchases().average_order_amount().micros(), 5'000'000);
  EXPECT_EQ(buyer.etag(), made.etag()) << "orders leave the version mark alone";
  const auto refused = Delete("name: '" + made.name() + "'");
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("CUSTOMER_HAS_ORDERS"));
  EXPECT_OK(Delete("force: true name: '" + made.name() + "'"));
  EXPECT_EQ(server_.Count("customer_order"), 1);
  EXPECT_EQ(server_.Count("purchase_summary"), 0);
}

TEST_F(CustomerServiceTest, UpsertMakesThenChangesThenLeaves) {
  constexpr char kText[] = R"(
      given_name: "Ann" external_ids { system: "erp" id: "7" } tags: "a"
      emails { address: "ann@example.com" })";
  ASSERT_OK_AND_ASSIGN(const auto made, Upsert(kText));
  EXPECT_EQ(made.outcome(), type::v1::UPSERT_OUTCOME_CREATED);
  const int64_t before = position();
  ASSERT_OK_AND_ASSIGN(const auto again, Upsert(kText));
  EXPECT_EQ(again.outcome(), type::v1::UPSERT_OUTCOME_UNCHANGED);
  EXPECT_EQ(again.customer().DebugString(), made.customer().DebugString());
  EXPECT_EQ(position(), before);
  ASSERT_OK_AND_ASSIGN(const auto changed,
                       Upsert(R"(external_ids { system: "erp" id: "7" } tags: "b"
                                 emails { address: "ANN@work.example" } language: "en")"));
  EXPECT_EQ(changed.outcome(), type::v1::UPSERT_OUTCOME_UPDATED);
  EXPECT_EQ(changed.customer().name(), made.customer().name());
  EXPECT_EQ(changed.customer().given_name(), "Ann");
  EXPECT_THAT(changed.customer().tags(), ElementsAre("a", "b"));
  EXPECT_THAT(changed.customer().emails(), SizeIs(2));
  // Found by any of its identifiers.
  ASSERT_OK_AND_ASSIGN(const auto by_email, Upsert(R"(emails { address: "ann@WORK.example" })"));
  EXPECT_EQ(by_email.outcome(), type::v1::UPSERT_OUTCOME_UNCHANGED);
}

TEST_F(CustomerServiceTest, UpsertWithAMaskReplaces) {
  ASSERT_OK(Upsert(R"(given_name: "Ann" family_name: "Smith" external_ids { system: "erp" id: "7" }
                      tags: "a" emails { address: "ann@example.com" })"));
  ASSERT_OK_AND_ASSIGN(const auto changed,
                       Upsert(R"(given_name: "Bea" external_ids { system: "erp" id: "7" }
                                 external_ids { system: "shop" id: "8" } tags: "b")",
                              {"tags", "family_name"}));
  EXPECT_EQ(changed.customer().given_name(), "Ann");
  EXPECT_THAT(changed.customer().family_name(), IsEmpty());
  EXPECT_THAT(changed.customer().tags(), ElementsAre("b"));
  EXPECT_THAT(changed.customer().external_ids(), SizeIs(1)) << "identifiers only find here";
  // Whom nobody knows is made of all that was said.
  ASSERT_OK_AND_ASSIGN(const auto made, Upsert(R"(given_name: "Cleo" tags: "c"
                                                  external_ids { system: "erp" id: "9" })",
                                               {"tags"}));
  EXPECT_EQ(made.outcome(), type::v1::UPSERT_OUTCOME_CREATED);
  EXPECT_EQ(made.customer().given_name(), "Cleo");
}

TEST_F(CustomerServiceTest, UpsertErrors) {
  const v1::Customer ann = MustCreate(R"(emails { address: "ann@example.com" })");
  const v1::Customer bea = MustCreate(R"(external_ids { system: "erp" id: "2" })");
  const auto nobody = Upsert(R"(given_name: "Ann" phones { number: "+442079460000" })");
  EXPECT_THAT(nobody, HasReason("IDENTIFIER_MISSING"));
  const ErrorDetails details = GetErrorDetails(nobody.status());
  ASSERT_EQ(details.violations.size(), 1);
  EXPECT_EQ(details.violations[0].field, "upsert.customer.external_ids");
  EXPECT_EQ(details.violations[0].description,
            "must hold an external id, unless emails holds an address");
  EXPECT_THAT(Upsert(R"(name: "customers/x" emails { address: "x@example.com" })"),
              HasReason("NAME_NOT_ALLOWED"));
  const auto several = Upsert(R"(emails { address: "ann@example.com" }
                                 external_ids { system: "erp" id: "2" })");
  EXPECT_THAT(several, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(several, HasReason("IDENTIFIERS_OF_SEVERAL_CUSTOMERS"));
  EXPECT_THAT(GetErrorDetails(several.status()).metadata,
              ElementsAre(std::pair("customers", ann.name() + "," + bea.name())));
  const auto invalid = Upsert(R"(emails { address: "ann@example.com" } country: "UK")");
  EXPECT_THAT(invalid, HasReason("INVALID_COUNTRY"));
  EXPECT_EQ(GetErrorDetails(invalid.status()).violations.at(0).field, "upsert.customer.country");
  EXPECT_THAT(Upsert(R"(emails { address: "ann@example.com" })", {"nickname"}),
              HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Upsert(R"(emails { address: "ann@example.com" } etag: "other" given_name: "A")"),
              HasReason("ETAG_MISMATCH"));
  std::string many = "external_ids { system: 'erp' id: '2' }";
  for (int i = 0; i < 50; ++i) absl::StrAppend(&many, "external_ids { system: 'x' id: '", i, "' }");
  EXPECT_THAT(Upsert(many), HasReason("TOO_MANY_EXTERNAL_IDS"));
}

TEST_F(CustomerServiceTest, AddingNeverExceedsTheLimits) {
  std::string tags;
  for (int i = 0; i < 99; ++i) absl::StrAppend(&tags, "tags: 't", i, "' ");
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '2' }" + tags));
  const std::string id = "external_ids { system: 'erp' id: '2' }";
  EXPECT_THAT(Upsert(id + "tags: 'a' tags: 'b'"), HasReason("TOO_MANY_TAGS"));
  EXPECT_OK(Upsert(id + "tags: 'a'"));
  EXPECT_EQ(server_.Count("customer_tag"), 100);
}

}  // namespace
}  // namespace regulars::customer
