// Orders are recorded, found by name and receipt; what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/order_server.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(OrderServiceTest, CreateStoresAllThatIsSaid) {
  const v1::Customer ann = MakeCustomer(R"(given_name: "Ann")");
  v1::Order sent = Parse<v1::Order>(R"pb(
    source: "till"
    receipt_number: "4711"
    order_time { seconds: 1672531200 nanos: 123456000 }
    store: "leeds"
    till: "7"
    staff: "12"
    channel: "store"
    country: "GB"
    currency_code: "EUR"
    tax_included: true
    lines {
      line_id: "a"
      item: "cup"
      description: "A cup"
      quantity_micros: 6000000
      unit_price_micros: 2550000
      discount_micros: 300000
      tax_micros: 700000
    }
    lines { kind: KIND_CHARGE item: "post" quantity_micros: 1000000 unit_price_micros: 5000000 }
    lines { type: TYPE_RETURN item: "jug" quantity_micros: 2000000 unit_price_micros: 1000000 }
  )pb");
  sent.set_customer(ann.name());
  const int64_t position = Position();
  ASSERT_OK_AND_ASSIGN(v1::Order made, Create(sent));
  EXPECT_THAT(made.name(), ::testing::MatchesRegex("orders/[0-9a-z]{26}"));
  EXPECT_THAT(server_.EventsAfter(position)[0], absl::StrCat("order_recorded ", ann.name()));
  ASSERT_OK_AND_ASSIGN(const v1::Order got, Get(made.name()));
  EXPECT_EQ(got.SerializeAsString(), made.SerializeAsString());
  EXPECT_EQ(made.customer(), ann.name());
  EXPECT_EQ(made.order_time().nanos(), 123456000);
  EXPECT_EQ(made.staff(), "12");
  EXPECT_TRUE(made.tax_included());
  EXPECT_EQ(made.state(), v1::Order::STATE_RECORDED);
  EXPECT_EQ(made.exchange_rate(), "1");
  EXPECT_FALSE(made.etag().empty());
  EXPECT_FALSE(made.has_cancel_time());
  EXPECT_EQ(made.lines(0).line_id(), "a");
  EXPECT_EQ(made.lines(0).type(), v1::OrderLine::TYPE_SALE);
  EXPECT_EQ(made.lines(0).kind(), v1::OrderLine::KIND_PRODUCT);
  EXPECT_EQ(made.lines(0).amount_micros(), 15'000'000);
  EXPECT_EQ(made.lines(1).kind(), v1::OrderLine::KIND_CHARGE);
  EXPECT_FALSE(made.lines(1).line_id().empty());
  EXPECT_EQ(made.lines(2).unlinked_quantity_micros(), 2'000'000);
  EXPECT_EQ(made.totals().sales_amount().micros(), 20'000'000);
  EXPECT_EQ(made.totals().returned_amount().micros(), 2'000'000);
  EXPECT_EQ(made.totals().amount().micros(), 18'000'000);
  EXPECT_EQ(made.totals().discount().micros(), 300'000);
  EXPECT_EQ(made.totals().tax().micros(), 700'000);
  EXPECT_EQ(made.totals().amount().currency_code(), "EUR");
  const v1::PurchaseSummary purchases = GetCustomer(ann.name()).purchases();
  EXPECT_EQ(purchases.order_count(), 1);
  EXPECT_EQ(purchases.return_count(), 1);
  EXPECT_EQ(purchases.revenue().micros(), 18'000'000);
  EXPECT_EQ(purchases.units_sold_micros(), 6'000'000);
}

struct Refusal {
  const char* name;
  // What the order says beyond the usual, or instead of it.
  const char* more;
  absl::StatusCode code;
  const char* reason;
  const char* field;
};

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;

const Refusal kRefusals[] = {
    {"a name", R"(name: "orders/x")", kInvalid, "NAME_NOT_ALLOWED", "order.name"},
    {"a faulty line", R"(lines { item: "x" })", kInvalid, "INVALID_QUANTITY",
     "order.lines[1].quantity_micros"},
    {"an unknown type", R"(lines { item: "x" type: 9 })", kInvalid, "INVALID_LINE_TYPE",
     "order.lines[1].type"},
    {"an unknown kind", R"(lines { item: "x" kind: 9 })", kInvalid, "INVALID_LINE_KIND",
     "order.lines[1].kind"},
    {"too much money",
     R"(lines { item: "x" quantity_micros: 1000000 unit_price_micros: 9223372036854775807 })",
     kInvalid, "AMOUNT_OVERFLOW", "order.lines[1].unit_price_micros"},
    {"too much money in all lines",
     R"(lines { item: "x" quantity_micros: 1000000 unit_price_micros: 10000000000000000 })",
     kInvalid, "AMOUNT_OVERFLOW", "order.lines"},
    {"a time out of this world", "order_time { seconds: 999999999999 }", kInvalid, "INVALID_TIME",
     "order.order_time"},
    {"a time to come", "order_time { seconds: 1800000000 }", kInvalid, "ORDER_TIME_OUT_OF_RANGE",
     "order.order_time"},
    {"a currency that is none", R"(currency_code: "XXX")", kInvalid, "INVALID_CURRENCY",
     "order.currency_code"},
    {"a currency without a rate", R"(currency_code: "USD")", kPrecondition, "RATE_NOT_FOUND", ""},
    {"a customer who is none", R"(customer: "customers/06g")", absl::StatusCode::kNotFound,
     "CUSTOMER_NOT_FOUND", ""},
    {"no name of a customer", R"(customer: "06g")", kInvalid, "INVALID_NAME", "order.customer"},
    {"a customer twice",
     R"(customer: "customers/06g" customer_identifier { email: "a@example.com" })", kInvalid,
     "CUSTOMER_NAMED_TWICE", "order.customer_identifier"},
    {"an empty identifier", "customer_identifier {}", kInvalid, "IDENTIFIER_MISSING",
     "order.customer_identifier"},
    {"nobody's e-mail", R"(customer_identifier { email: "a@example.com" })", kPrecondition,
     "CUSTOMER_UNKNOWN", ""},
    {"no e-mail", R"(customer_identifier { email: "a" })", kInvalid, "INVALID_EMAIL",
     "order.customer_identifier.email"},
    {"no phone", R"(customer_identifier { phone: "12" })", kInvalid, "INVALID_PHONE",
     "order.customer_identifier.phone"},
    {"no external id", R"(customer_identifier { external_id { system: "card" } })", kInvalid,
     "INVALID_EXTERNAL_ID", "order.customer_identifier.external_id"},
    {"a phone of two", R"(customer_identifier { phone: "+442079460000" })", kPrecondition,
     "IDENTIFIER_AMBIGUOUS", ""},
};

TEST_F(OrderServiceTest, WhatIsRefusedNamesItsFieldAndLeavesNothing) {
  MakeCustomer(R"(phones { number: "+442079460000" })");
  MakeCustomer(R"(phones { number: "+442079460000" })");
  const int64_t position = Position();
  for (const Refusal& test : kRefusals) {
    const v1::Order order = MakeOrder("1", test.more);
    const absl::Status refused = Create(order).status();
    EXPECT_THAT(refused, StatusIs(test.code)) << test.name;
    EXPECT_THAT(refused, HasReason(test.reason)) << test.name;
    const auto& violations = GetErrorDetails(refused).violations;
    EXPECT_EQ(violations.empty() ? "" : violations[0].field, test.field) << test.name;
    EXPECT_THAT(Upsert(order), HasReason(test.reason)) << test.name;
  }
  EXPECT_THAT(server_.EventsAfter(position), IsEmpty());
  EXPECT_EQ(server_.Count("customer_order"), 0);
}

// Also where it would make no difference, since nobody is unknown.
TEST_F(OrderServiceTest, AChoiceThatIsNoneIsRefused) {
  const auto choice = static_cast<v1::UnknownCustomer>(77);
  v1::CreateOrderRequest create;
  *create.mutable_order() = MakeOrder("1");
  create.set_unknown_customer(choice);
  const absl::Status refused = server_.Call(&Orders::CreateOrder, create).status();
  EXPECT_THAT(refused, HasReason("INVALID_UNKNOWN_CUSTOMER"));
  EXPECT_EQ(GetErrorDetails(refused).violations.at(0).field, "unknown_customer");
  v1::BatchUpsertOrdersRequest batch;
  *batch.add_orders() = create.order();
  batch.set_unknown_customer(choice);
  EXPECT_THAT(server_.Call(&Orders::BatchUpsertOrders, batch),
              HasReason("INVALID_UNKNOWN_CUSTOMER"));
  EXPECT_EQ(server_.Count("customer_order"), 0);
}

TEST_F(OrderServiceTest, AReceiptIsCreatedOnce) {
  const v1::Order made = MustCreate("1");
  const absl::Status again = Create(MakeOrder("1")).status();
  EXPECT_THAT(again, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(again, HasReason("ORDER_EXISTS"));
  EXPECT_THAT(GetErrorDetails(again).metadata,
              ElementsAre(std::pair<std::string, std::string>("order", made.name())));
}

TEST_F(OrderServiceTest, ValidateOnlyAnswersAndStoresNothing) {
  v1::CreateOrderRequest request;
  *request.mutable_order() = MakeOrder("1", R"(customer_identifier { email: "new@example.com" })");
  request.set_unknown_customer(v1::UNKNOWN_CUSTOMER_CREATE);
  request.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const v1::Order order, server_.Call(&Orders::CreateOrder, request));
  EXPECT_EQ(order.totals().amount().micros(), 2'500'000);
  EXPECT_EQ(server_.Count("customer_order") + server_.Count("customer") + Position(), 0);
}

TEST_F(OrderServiceTest, CustomersAreFoundByWhatIsKnownOfThem) {
  const v1::Customer ann = MakeCustomer(R"(emails { address: "Ann@Example.com" }
                                           phones { number: "+442079460000" }
                                           external_ids { system: "card" id: "77" })");
  const char* identifiers[] = {R"(email: "ann@EXAMPLE.com")", R"(phone: "+44 20 7946 0000")",
                               R"(external_id { system: "card" id: "77" })"};
  int receipt = 0;
  for (const char* identifier : identifiers) {
    const v1::Order order = MustCreate(absl::StrCat(++receipt),
                                       absl::StrCat("customer_identifier { ", identifier, "}"));
    EXPECT_EQ(order.customer(), ann.name()) << identifier;
    EXPECT_FALSE(order.has_customer_identifier());
  }
  EXPECT_EQ(GetCustomer(ann.name()).purchases().order_count(), 3);
}

TEST_F(OrderServiceTest, UnknownCustomersAreMadeWithTheirIdentifierAlone) {
  const char* identifiers[] = {R"(email: "Ann@Example.com")", R"(phone: "+442079460000")",
                               R"(external_id { system: "card" id: "77" })"};
  int receipt = 0;
  for (const char* identifier : identifiers) {
    const int64_t position = Position();
    const std::string more = absl::StrCat("country: 'GB' customer_identifier { ", identifier, "}");
    ASSERT_OK_AND_ASSIGN(const v1::Order order, Create(MakeOrder(absl::StrCat(++receipt), more),
                                                       v1::UNKNOWN_CUSTOMER_CREATE));
    EXPECT_THAT(server_.EventsAfter(position), ElementsAre("customer_created " + order.customer(),
                                                           "order_recorded " + order.customer()));
    const v1::Customer made = GetCustomer(order.customer());
    EXPECT_EQ(made.emails_size() + made.phones_size() + made.external_ids_size(), 1);
    EXPECT_EQ(made.country(), "GB");
    EXPECT_EQ(made.purchases().order_count(), 1);
    // The next order finds the customer.
    ASSERT_OK_AND_ASSIGN(const v1::Order next,
                         Create(MakeOrder(absl::StrCat("next-", receipt), more)));
    EXPECT_EQ(next.customer(), order.customer());
  }
}

TEST_F(OrderServiceTest, UnknownCustomersMayStayUnknown) {
  ASSERT_OK_AND_ASSIGN(const v1::Order order,
                       Create(MakeOrder("1", R"(customer_identifier { email: "ann@example.com" })"),
                              v1::UNKNOWN_CUSTOMER_ANONYMOUS));
  EXPECT_EQ(order.customer(), "");
  EXPECT_EQ(server_.Count("customer"), 0);
  EXPECT_THAT(server_.EventsAfter(0), ElementsAre("order_recorded " + order.name()));
}

TEST_F(OrderServiceTest, ARefusedOrderMakesNoCustomer) {
  EXPECT_THAT(Create(MakeOrder("1", R"(currency_code: "USD"
                                       customer_identifier { email: "ann@example.com" })"),
                     v1::UNKNOWN_CUSTOMER_CREATE),
              HasReason("RATE_NOT_FOUND"));
  EXPECT_EQ(server_.Count("customer"), 0);
}

TEST_F(OrderServiceTest, TheRateOfItsDayIsFixedWhenAnOrderArrives) {
  SetRate("2022-12-20", "0.9");
  SetRate("2022-12-31", "0.856143");
  SetRate("2023-01-02", "0.5");
  // 2.50 × 0.856143 = 2.1403575.
  v1::Order order = MustCreate("1", R"(currency_code: "USD")");
  EXPECT_EQ(order.exchange_rate(), "0.856143");
  EXPECT_EQ(order.totals().amount().micros(), 2'500'000);
  EXPECT_EQ(order.totals().amount().currency_code(), "USD");
  EXPECT_EQ(order.base_totals().amount().micros(), 2'140'358) << "half to even: …357.5";
  EXPECT_EQ(order.base_totals().amount().currency_code(), "EUR");
  SetRate("2023-01-01", "0.7");
  order.set_staff("9");
  ASSERT_OK_AND_ASSIGN(order, Update(order, {"staff", "order_time"}));
  EXPECT_EQ(order.exchange_rate(), "0.856143");
  // 31 days after the last rate there is none any more.
  EXPECT_OK(Create(MakeOrder("2", R"(currency_code: "USD" order_time { seconds: 1675295999 })")));
  EXPECT_THAT(Create(MakeOrder("3", R"(currency_code: "USD" order_time { seconds: 1675468800 })")),
              HasReason("RATE_NOT_FOUND"));
}

TEST_F(OrderServiceTest, OrdersAreFoundByNameAndByReceipt) {
  const v1::Order made = MustCreate("1");
  EXPECT_THAT(Get("orders/06g"), HasReason("ORDER_NOT_FOUND"));
  EXPECT_THAT(Get("06g"), HasReason("INVALID_NAME"));
  v1::LookupOrderRequest request;
  request.set_source("till");
  EXPECT_THAT(server_.Call(&Orders::LookupOrder, request), HasReason("INVALID_RECEIPT_NUMBER"));
  request.set_receipt_number("1");
  ASSERT_OK_AND_ASSIGN(const v1::Order got, server_.Call(&Orders::LookupOrder, request));
  EXPECT_EQ(got.SerializeAsString(), made.SerializeAsString());
  request.set_receipt_number("2");
  EXPECT_THAT(server_.Call(&Orders::LookupOrder, request), HasReason("ORDER_NOT_FOUND"));
  request.set_source("");
  EXPECT_THAT(server_.Call(&Orders::LookupOrder, request), HasReason("INVALID_SOURCE"));
}

}  // namespace
}  // namespace regulars::customer
