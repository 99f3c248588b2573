// For tests: customer-svc over gRPC, with what tests of orders say again and again.
#ifndef CUSTOMER_SVC_TESTING_ORDER_SERVER_H_
#define CUSTOMER_SVC_TESTING_ORDER_SERVER_H_

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/customer_server.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {

using Customers = CustomerServer::Customers;
using Orders = CustomerServer::Orders;
using Settings = CustomerServer::Settings;

// A message from its text form.
template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// One cup for 2.50 EUR.
inline constexpr char kCup[] =
    R"(lines { item: "cup" quantity_micros: 1000000 unit_price_micros: 2500000 })";

class OrderServiceTest : public ::testing::Test {
 protected:
  // An order of 1 January 2023 with one cup; `more` adds to what it says, or says it otherwise.
  static v1::Order MakeOrder(const std::string& receipt, const std::string& more = "") {
    v1::Order order = Parse<v1::Order>(R"(source: "till" currency_code: "EUR"
                                          order_time { seconds: 1672531200 })");
    order.set_receipt_number(receipt);
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(absl::StrCat(kCup, more), &order))
        << more;
    return order;
  }

  absl::StatusOr<v1::Order> Create(const v1::Order& order,
                                   v1::UnknownCustomer unknown = v1::UNKNOWN_CUSTOMER_UNSPECIFIED,
                                   const std::string& token = CustomerServer::kAdmin) {
    v1::CreateOrderRequest request;
    *request.mutable_order() = order;
    request.set_unknown_customer(unknown);
    return server_.Call(&Orders::CreateOrder, request, token);
  }

  v1::Order MustCreate(const std::string& receipt, const std::string& more = "") {
    const absl::StatusOr<v1::Order> made = Create(MakeOrder(receipt, more));
    EXPECT_OK(made);
    return made.value_or(v1::Order());
  }

  absl::StatusOr<v1::Order> Get(const std::string& name,
                                const std::string& token = CustomerServer::kAdmin) {
    v1::GetOrderRequest request;
    request.set_name(name);
    return server_.Call(&Orders::GetOrder, request, token);
  }

  absl::StatusOr<v1::UpsertOrderResponse> Upsert(
      const v1::Order& order, const std::string& token = CustomerServer::kAdmin) {
    v1::UpsertOrderRequest request;
    *request.mutable_order() = order;
    return server_.Call(&Orders::UpsertOrder, request, token);
  }

  absl::StatusOr<v1::Order> Update(const v1::Order& order, const std::vector<std::string>& paths,
                                   const std::string& token = CustomerServer::kAdmin) {
    v1::UpdateOrderRequest request;
    *request.mutable_order() = order;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(&Orders::UpdateOrder, request, token);
  }

  absl::StatusOr<v1::Order> Cancel(const std::string& name, const std::string& etag = "",
                                   const std::string& token = CustomerServer::kAdmin) {
    v1::CancelOrderRequest request;
    request.set_name(name);
    request.set_etag(etag);
    return server_.Call(&Orders::CancelOrder, request, token);
  }

  v1::Customer MakeCustomer(const std::string& text) {
    v1::CreateCustomerRequest request;
    *request.mutable_customer() = Parse<v1::Customer>(text);
    const auto made = server_.Call(&Customers::CreateCustomer, request);
    EXPECT_OK(made);
    return made.value_or(v1::Customer());
  }

  v1::Customer GetCustomer(const std::string& name) {
    v1::GetCustomerRequest request;
    request.set_name(name);
    const auto got = server_.Call(&Customers::GetCustomer, request);
    EXPECT_OK(got);
    return got.value_or(v1::Customer());
  }

  void SetRate(const std::string& day, const std::string& rate) {
    v1::UpdateCurrencyRateRequest request;
    request.mutable_currency_rate()->set_name("currencyRates/usd-" + day);
    request.mutable_currency_rate()->set_rate(rate);
    request.set_allow_missing(true);
    EXPECT_OK(server_.Call(&Settings::UpdateCurrencyRate, request));
  }

  int64_t Position() { return server_.Count("feed"); }

  CustomerServer server_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_ORDER_SERVER_H_
