// What the tests of CustomerService share: a server, and its methods by text.
#ifndef CUSTOMER_SVC_TESTING_CUSTOMER_FIXTURE_H_
#define CUSTOMER_SVC_TESTING_CUSTOMER_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/customer_server.h"
#include "google/protobuf/text_format.h"

namespace regulars::customer {

using Customers = CustomerServer::Customers;
using Attributes = CustomerServer::Attributes;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class CustomerServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Customer> Create(const std::string& text,
                                      const std::string& token = CustomerServer::kAdmin) {
    v1::CreateCustomerRequest request;
    *request.mutable_customer() = Parse<v1::Customer>(text);
    return server_.Call(&Customers::CreateCustomer, request, token);
  }

  v1::Customer MustCreate(const std::string& text) {
    const absl::StatusOr<v1::Customer> made = Create(text);
    EXPECT_OK(made) << text;
    return made.value_or(v1::Customer());
  }

  absl::StatusOr<v1::Customer> Get(const std::string& name,
                                   const std::string& token = CustomerServer::kAdmin) {
    v1::GetCustomerRequest request;
    request.set_name(name);
    return server_.Call(&Customers::GetCustomer, request, token);
  }

  absl::StatusOr<v1::Customer> Update(const std::string& name, const std::string& text,
                                      const std::vector<std::string>& paths = {},
                                      const std::string& token = CustomerServer::kAdmin) {
    v1::UpdateCustomerRequest request;
    *request.mutable_customer() = Parse<v1::Customer>(text);
    request.mutable_customer()->set_name(name);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(&Customers::UpdateCustomer, request, token);
  }

  absl::StatusOr<v1::UpsertCustomerResponse> Upsert(
      const std::string& text, const std::vector<std::string>& paths = {},
      const std::string& token = CustomerServer::kAdmin) {
    v1::UpsertCustomerRequest request;
    *request.mutable_upsert()->mutable_customer() = Parse<v1::Customer>(text);
    for (const std::string& path : paths) {
      request.mutable_upsert()->mutable_update_mask()->add_paths(path);
    }
    return server_.Call(&Customers::UpsertCustomer, request, token);
  }

  absl::StatusOr<google::protobuf::Empty> Delete(
      const std::string& text, const std::string& token = CustomerServer::kAdmin) {
    return server_.Call(&Customers::DeleteCustomer, Parse<v1::DeleteCustomerRequest>(text), token);
  }

  absl::StatusOr<v1::TagCustomersResponse> Tag(const std::string& text,
                                               const std::string& token = CustomerServer::kAdmin) {
    return server_.Call(&Customers::TagCustomers, Parse<v1::TagCustomersRequest>(text), token);
  }

  void Declare(const std::string& id, const std::string& text) {
    v1::CreateAttributeDefinitionRequest request;
    request.set_attribute_definition_id(id);
    *request.mutable_attribute_definition() = Parse<v1::AttributeDefinition>(text);
    EXPECT_OK(server_.Call(&Attributes::CreateAttributeDefinition, request)) << id;
  }

  int64_t position() { return server_.Count("feed"); }

  // Nothing was written but rows of the chassis itself.
  int64_t Rows() {
    return server_.Count("customer") + server_.Count("customer_email") +
           server_.Count("customer_external_id") + server_.Count("customer_phone") +
           server_.Count("customer_tag") + server_.Count("customer_attribute") +
           server_.Count("customer_address") + server_.Count("customer_name");
  }

  CustomerServer server_;
};

// A customer of whom much is known.
inline constexpr char kWhole[] = R"pb(
  given_name: "Johanna"
  family_name: "Müller"
  company: "Acme GmbH"
  kind: KIND_PERSON
  language: "de-at"
  country: "AT"
  time_zone: "Europe/Vienna"
  home_store: "wien"
  birthday: "--02-29"
  emails { address: "Johanna@Müller.example" label: "home" }
  emails { address: "jm@acme.example" label: "work" primary: true verified: true }
  phones { number: "01 5123456" label: "home" }
  external_ids { system: "erp" id: "00017" }
  external_ids { system: "erp" id: "00018" }
  tags: "vip"
  tags: "größe:xl"
  tags: "vip"
  addresses {
    label: "delivery"
    recipient: "Concierge"
    lines: "Ring 1"
    lines: "Top 7"
    locality: "Wien"
    region: "W"
    postal_code: "1010"
    country: "at"
  }
)pb";

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_CUSTOMER_FIXTURE_H_
