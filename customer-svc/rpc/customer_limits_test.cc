// What callers who are limited to stores see and may do.
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

// Callers who are limited to stores.
class StoreLimitsTest : public CustomerServiceTest {
 protected:
  v1::Customer here_ = MustCreate(R"(home_store: "bath" emails { address: "here@example.com" }
                                     phones { number: "+442079460000" } given_name: "Same")");
  v1::Customer there_ = MustCreate(R"(home_store: "york" emails { address: "there@example.com" }
                                      phones { number: "+442079460000" } given_name: "Same")");
  v1::Customer nowhere_ = MustCreate(R"(emails { address: "nowhere@example.com" }
                                        given_name: "Same")");
  const std::string bath_ = CustomerServer::Of("bath");
};

TEST_F(StoreLimitsTest, OthersCustomersDoNotExist) {
  EXPECT_OK(Get(here_.name(), bath_));
  for (const v1::Customer* other : {&there_, &nowhere_}) {
    EXPECT_THAT(Get(other->name(), bath_), HasReason("CUSTOMER_NOT_FOUND"));
    EXPECT_THAT(Update(other->name(), "given_name: 'X'", {}, bath_),
                HasReason("CUSTOMER_NOT_FOUND"));
    EXPECT_THAT(Delete("name: '" + other->name() + "'", bath_), HasReason("CUSTOMER_NOT_FOUND"));
    EXPECT_THAT(Tag("add_tags: 'x' customers: '" + other->name() + "'", bath_),
                HasReason("CUSTOMER_NOT_FOUND"));
  }
  v1::BatchGetCustomersRequest batch;
  batch.add_names(there_.name());
  batch.add_names(here_.name());
  EXPECT_THAT(server_.Call(&Customers::BatchGetCustomers, batch, bath_)->customers(), SizeIs(1));
  EXPECT_THAT(server_.Call(&Customers::ListCustomers, {}, bath_)->customers(), SizeIs(1));
  v1::SearchCustomersRequest search;
  for (const char* query : {"same", "+442079460000", "020 7946"}) {
    search.set_query(query);
    ASSERT_OK_AND_ASSIGN(const auto found,
                         server_.Call(&Customers::SearchCustomers, search, bath_));
    for (const v1::Customer& customer : found.customers()) EXPECT_EQ(customer.name(), here_.name());
  }
  search.set_query("there@example.com");
  EXPECT_THAT(server_.Call(&Customers::SearchCustomers, search, bath_)->customers(), IsEmpty());
}

TEST_F(StoreLimitsTest, LookupSeesOwnCustomersOnly) {
  v1::LookupCustomerRequest lookup;
  lookup.mutable_identifier()->set_email("there@example.com");
  EXPECT_THAT(server_.Call(&Customers::LookupCustomer, lookup, bath_),
              HasReason("CUSTOMER_NOT_FOUND"));
  lookup.mutable_identifier()->set_phone("+442079460000");
  EXPECT_THAT(server_.Call(&Customers::LookupCustomer, lookup), HasReason("IDENTIFIER_AMBIGUOUS"));
  ASSERT_OK_AND_ASSIGN(const auto found, server_.Call(&Customers::LookupCustomer, lookup, bath_));
  EXPECT_EQ(found.name(), here_.name());
}

TEST_F(StoreLimitsTest, WhatIsRefusedIsInTheAudit) {
  EXPECT_THAT(Create("home_store: 'york'", bath_), HasReason("STORE_NOT_ALLOWED"));
  // The row waits in the lane of the tasks, before this.
  EXPECT_OK(server_.server().store()->writer().Write(
      Lane::kTasks, {}, [](Transaction&) { return absl::OkStatus(); }));
  EXPECT_EQ(server_.Count("audit WHERE result = 'STORE_NOT_ALLOWED' AND principal = 'users/admin' "
                          "AND method = 'regulars.customer.v1.CustomerService.CreateCustomer'"),
            1);
}

TEST_F(StoreLimitsTest, HomeStoresOutsideAreRefused) {
  for (const char* text : {"", "home_store: 'york'"}) {
    const auto refused = Create(text, bath_);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kPermissionDenied)) << text;
    EXPECT_THAT(refused, HasReason("STORE_NOT_ALLOWED")) << text;
  }
  EXPECT_OK(Create("home_store: 'bath'", bath_));
  EXPECT_THAT(Update(here_.name(), "home_store: 'york'", {}, bath_),
              HasReason("STORE_NOT_ALLOWED"));
  EXPECT_THAT(Update(here_.name(), "", {"home_store"}, bath_), HasReason("STORE_NOT_ALLOWED"));
  EXPECT_OK(Update(here_.name(), "given_name: 'Ann'", {}, bath_));
}

TEST_F(StoreLimitsTest, TakenIdentifiersDoNotTellWhose) {
  const auto taken = Create("home_store: 'bath' emails { address: 'there@example.com' }", bath_);
  EXPECT_THAT(taken, HasReason("IDENTIFIER_TAKEN"));
  EXPECT_THAT(GetErrorDetails(taken.status()).metadata, IsEmpty());
  const auto upserted = Upsert(
      "home_store: 'bath' external_ids { system: 'erp' id: 'new' } "
      "emails { address: 'there@example.com' }",
      {}, bath_);
  EXPECT_THAT(upserted, HasReason("IDENTIFIER_TAKEN"));
  EXPECT_THAT(upserted, StatusIs(absl::StatusCode::kAlreadyExists));
  const ErrorDetails details = GetErrorDetails(upserted.status());
  EXPECT_THAT(details.metadata, IsEmpty());
  ASSERT_THAT(details.violations, SizeIs(1));
  EXPECT_EQ(details.violations[0].field, "upsert.customer.emails[0].address");
  EXPECT_EQ(details.violations[0].description, "belongs to another customer");
  EXPECT_THAT(Upsert("home_store: 'york' emails { address: 'there@example.com' }", {}, bath_),
              HasReason("STORE_NOT_ALLOWED"));
  const auto several = Upsert(
      "emails { address: 'there@example.com' } "
      "emails { address: 'here@example.com' }",
      {}, bath_);
  EXPECT_THAT(several, HasReason("IDENTIFIERS_OF_SEVERAL_CUSTOMERS"));
  EXPECT_THAT(GetErrorDetails(several.status()).metadata,
              ElementsAre(std::pair("customers", here_.name())));
}

}  // namespace
}  // namespace regulars::customer
