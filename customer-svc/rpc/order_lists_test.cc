// Many orders at once: lists, batches, streams; and what callers limited to stores see of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/order_server.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;

class OrderListsTest : public OrderServiceTest {
 protected:
  absl::StatusOr<v1::ListOrdersResponse> ListPage(
      const std::string& text, const std::string& token = CustomerServer::kAdmin) {
    return server_.Call(&Orders::ListOrders, Parse<v1::ListOrdersRequest>(text), token);
  }

  // Receipt numbers of all pages: "3 1 2".
  std::string List(const std::string& text, const std::string& token = CustomerServer::kAdmin) {
    auto request = Parse<v1::ListOrdersRequest>(text);
    std::vector<std::string> receipts;
    for (int pages = 0; pages < 20; ++pages) {
      const auto page = server_.Call(&Orders::ListOrders, request, token);
      EXPECT_OK(page) << text;
      if (!page.ok()) break;
      for (const v1::Order& order : page->orders()) receipts.push_back(order.receipt_number());
      if (page->next_page_token().empty()) return absl::StrJoin(receipts, " ");
      request.set_page_token(page->next_page_token());
    }
    return "no end";
  }
};

TEST_F(OrderListsTest, ListsFilterAndSort) {
  const v1::Customer ann = MakeCustomer(R"(given_name: "Ann")");
  const v1::Customer bob = MakeCustomer(R"(given_name: "Bob")");
  const auto day = [](int day) { return 1672531200 + (day - 1) * 86400; };
  const auto make = [&](const char* receipt, int on, const std::string& more) {
    MustCreate(receipt, absl::StrCat("order_time { seconds: ", day(on), " } ", more));
  };
  make("1", 5, absl::StrCat("customer: '", ann.name(), "' store: 'bath' country: 'GB'"));
  make("2", 3, absl::StrCat("customer: '", bob.name(), "' store: 'york' channel: 'web'"));
  make("3", 9, absl::StrCat("customer: '", ann.name(), "' till: '7' staff: '12'"));
  make("4", 3, "");
  ASSERT_OK(Cancel(MustCreate("5", absl::StrCat("customer: '", ann.name(), "'")).name()));

  EXPECT_EQ(List(""), "3 1 4 2") << "of equal times the later made is later";
  EXPECT_EQ(List("order_by: 'order_time desc'"), "3 1 4 2");
  EXPECT_EQ(List("order_by: 'order_time'"), "2 4 1 3");
  EXPECT_EQ(List("order_by: 'create_time'"), "1 2 3 4");
  EXPECT_EQ(List("order_by: 'create_time  desc'"), "4 3 2 1");
  EXPECT_EQ(List("show_cancelled: true"), "3 1 4 2 5");
  for (const char* sequence :
       {"order_time", "order_time desc", "create_time", "create_time desc"}) {
    const std::string request = absl::StrCat("order_by: '", sequence, "' show_cancelled: true ");
    EXPECT_EQ(List(request + "page_size: 1"), List(request)) << sequence;
    EXPECT_EQ(List(request + "page_size: 2"), List(request)) << sequence;
  }

  const auto filter = [&](const std::string& text, const std::string& more = "") {
    return List(absl::StrCat("filter: '", text, "' order_by: 'create_time' ", more));
  };
  EXPECT_EQ(filter(absl::StrCat("customer = \"", ann.name(), "\"")), "1 3");
  EXPECT_EQ(filter(absl::StrCat("customer = \"", ann.name(), "\""), "show_cancelled: true"),
            "1 3 5");
  EXPECT_EQ(filter(absl::StrCat("customer = \"", ann.name(),
                                "\" AND order_time >= \"2023-01-09T00:00:00Z\"")),
            "3");
  EXPECT_EQ(filter("customer = \"customers/06g\""), "");
  EXPECT_EQ(filter("NOT customer:*"), "4");
  EXPECT_EQ(filter("order_time < 2023-01-05"), "2 4");
  EXPECT_EQ(filter("order_time = 2023-01-05"), "1");
  EXPECT_EQ(filter("source = till AND receipt_number = 3"), "3");
  EXPECT_EQ(filter("store = bath OR channel = web"), "1 2");
  EXPECT_EQ(filter("NOT store:*"), "3 4");
  EXPECT_EQ(filter("till = \"7\" AND staff = \"12\""), "3");
  EXPECT_EQ(filter("country = GB AND currency_code = EUR"), "1");
  EXPECT_EQ(filter("state = STATE_CANCELLED", "show_cancelled: true"), "5");
  EXPECT_EQ(filter("state = STATE_CANCELLED"), "");
  EXPECT_EQ(filter("create_time > now()"), "");
  EXPECT_EQ(filter("update_time <= now()"), "1 2 3 4");
}

TEST_F(OrderListsTest, ListRefusals) {
  MustCreate("1");
  MustCreate("2");
  EXPECT_THAT(ListPage("page_size: -1"), HasReason("INVALID_PAGE_SIZE"));
  EXPECT_THAT(ListPage("page_token: 'x'"), HasReason("INVALID_PAGE_TOKEN"));
  EXPECT_THAT(ListPage("order_by: 'store'"), HasReason("INVALID_ORDER_BY"));
  EXPECT_THAT(ListPage("filter: 'colour = red'"), HasReason("INVALID_FILTER"));
  EXPECT_THAT(ListPage("filter: 'store ='"), HasReason("INVALID_FILTER"));
  ASSERT_OK_AND_ASSIGN(const auto page, ListPage("page_size: 1"));
  EXPECT_THAT(ListPage(absl::StrCat("page_size: 2 filter: 'till = 7' page_token: '",
                                    page.next_page_token(), "'")),
              HasReason("INVALID_PAGE_TOKEN"));
}

TEST_F(OrderListsTest, PagesEndAtTheirLines) {
  std::string lines;
  for (int i = 0; i < 1999; ++i) absl::StrAppend(&lines, kCup, "\n");
  for (int i = 0; i < 12; ++i) MustCreate(absl::StrCat(i), lines);
  ASSERT_OK_AND_ASSIGN(const auto page, ListPage(""));
  EXPECT_EQ(page.orders_size(), 10) << "2,000 lines each, 20,000 a page";
  EXPECT_EQ(List(""), "11 10 9 8 7 6 5 4 3 2 1 0");
}

TEST_F(OrderListsTest, EachOrderOfABatchStandsAlone) {
  const v1::Order known = MustCreate("known");
  v1::BatchUpsertOrdersRequest request;
  EXPECT_THAT(server_.Call(&Orders::BatchUpsertOrders, request), HasReason("INVALID_BATCH_SIZE"));
  request.set_unknown_customer(v1::UNKNOWN_CUSTOMER_CREATE);
  *request.add_orders() = MakeOrder("new", "customer_identifier { email: 'ann@example.com' }");
  *request.add_orders() = MakeOrder("faulty", "lines { item: 'x' }");
  *request.add_orders() = MakeOrder("known");
  *request.add_orders() =
      MakeOrder("usd", "currency_code: 'USD' customer_identifier { email: 'bob@example.com' }");
  *request.add_orders() = MakeOrder("new", "customer_identifier { email: 'ann@example.com' }");
  *request.add_orders() = MakeOrder("known", "till: '8'");
  ASSERT_OK_AND_ASSIGN(const auto response, server_.Call(&Orders::BatchUpsertOrders, request));
  std::vector<type::v1::UpsertOutcome> outcomes;
  for (const type::v1::UpsertResult& result : response.results()) {
    EXPECT_EQ(result.index(), static_cast<int64_t>(outcomes.size()));
    outcomes.push_back(result.outcome());
  }
  EXPECT_THAT(outcomes,
              ElementsAre(type::v1::UPSERT_OUTCOME_CREATED, type::v1::UPSERT_OUTCOME_REFUSED,
                          type::v1::UPSERT_OUTCOME_UNCHANGED, type::v1::UPSERT_OUTCOME_REFUSED,
                          type::v1::UPSERT_OUTCOME_UNCHANGED, type::v1::UPSERT_OUTCOME_UPDATED));
  const absl::Status faulty = FromProto(response.results(1).error());
  EXPECT_THAT(faulty, HasReason("INVALID_QUANTITY"));
  EXPECT_EQ(GetErrorDetails(faulty).violations[0].field, "lines[1].quantity_micros");
  EXPECT_EQ(response.results(1).name(), "");
  EXPECT_EQ(response.results(2).name(), known.name());
  EXPECT_THAT(FromProto(response.results(3).error()), HasReason("RATE_NOT_FOUND"));
  EXPECT_EQ(response.results(4).name(), response.results(0).name());
  EXPECT_EQ(server_.Count("customer"), 1) << "none is made for what is refused";
  EXPECT_EQ(server_.Count("customer_order"), 2);
}

TEST_F(OrderListsTest, BatchesHaveTheirLimits) {
  v1::BatchUpsertOrdersRequest request;
  for (int i = 0; i < 1001; ++i) *request.add_orders() = MakeOrder(absl::StrCat(i));
  EXPECT_THAT(server_.Call(&Orders::BatchUpsertOrders, request), HasReason("INVALID_BATCH_SIZE"));
  request.clear_orders();
  for (int i = 0; i < 11; ++i) {
    v1::Order& order = *request.add_orders() = MakeOrder(absl::StrCat(i));
    while (order.lines_size() < 1819) *order.add_lines() = order.lines(0);
  }
  EXPECT_THAT(server_.Call(&Orders::BatchUpsertOrders, request), HasReason("INVALID_BATCH_SIZE"));
  request.mutable_orders()->RemoveLast();
  request.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const auto response, server_.Call(&Orders::BatchUpsertOrders, request));
  EXPECT_EQ(response.results(9).outcome(), type::v1::UPSERT_OUTCOME_CREATED);
  EXPECT_EQ(server_.Count("customer_order"), 0);
}

TEST_F(OrderListsTest, AStreamAnswersEachOrderInTurn) {
  constexpr int kOrders = 300;
  grpc::ClientContext context;
  testing::Authorize(context, CustomerServer::kAdmin);
  Orders stub(server_.server().channel());
  auto stream = stub.StreamUpsertOrders(&context);
  std::thread writing([&] {
    for (int i = 0; i < kOrders; ++i) {
      v1::StreamUpsertOrdersRequest request;
      // Each receipt twice; every tenth is faulty.
      *request.mutable_order() = MakeOrder(absl::StrCat(i / 2), i % 10 == 7 ? "lines {}" : "");
      stream->Write(request);
    }
    stream->WritesDone();
  });
  int64_t next = 0;
  for (v1::StreamUpsertOrdersResponse response; stream->Read(&response);) {
    for (const type::v1::UpsertResult& result : response.results()) {
      EXPECT_EQ(result.index(), next);
      if (next % 10 == 7) {
        const absl::Status refused = FromProto(result.error());
        EXPECT_EQ(GetErrorDetails(refused).violations[0].field, "order.lines[1].item");
      } else {
        EXPECT_EQ(result.outcome(), next % 2 == 0 ? type::v1::UPSERT_OUTCOME_CREATED
                                                  : type::v1::UPSERT_OUTCOME_UNCHANGED);
      }
      ++next;
    }
  }
  writing.join();
  EXPECT_OK(FromGrpc(stream->Finish()));
  EXPECT_EQ(next, kOrders);
  EXPECT_EQ(server_.Count("customer_order"), kOrders / 2);
}

TEST_F(OrderListsTest, CallersLimitedToStoresSeeAndSendTheOrdersOfTheirs) {
  const std::string bath = CustomerServer::Of("bath");
  const v1::Order here = MustCreate("1", "store: 'bath'");
  const v1::Order there = MustCreate("2", "store: 'york'");
  const v1::Order nowhere = MustCreate("3");
  EXPECT_OK(Get(here.name(), bath));
  for (const v1::Order& hidden : {there, nowhere}) {
    EXPECT_THAT(Get(hidden.name(), bath), HasReason("ORDER_NOT_FOUND"));
    EXPECT_THAT(Update(hidden, {"till"}, bath), HasReason("ORDER_NOT_FOUND"));
    EXPECT_THAT(Cancel(hidden.name(), "", bath), HasReason("ORDER_NOT_FOUND"));
    v1::LookupOrderRequest lookup;
    lookup.set_source("till");
    lookup.set_receipt_number(hidden.receipt_number());
    EXPECT_THAT(server_.Call(&Orders::LookupOrder, lookup, bath), HasReason("ORDER_NOT_FOUND"));
    // Neither made again nor told of.
    const v1::Order taken = MakeOrder(hidden.receipt_number(), "store: 'bath'");
    const absl::Status created = Create(taken, v1::UNKNOWN_CUSTOMER_UNSPECIFIED, bath).status();
    EXPECT_THAT(created, HasReason("STORE_NOT_ALLOWED"));
    EXPECT_THAT(created, StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_TRUE(GetErrorDetails(created).metadata.empty());
    const absl::Status upserted = Upsert(taken, bath).status();
    EXPECT_THAT(upserted, HasReason("STORE_NOT_ALLOWED"));
    EXPECT_EQ(upserted.message(), "the receipt is that of another store");
    EXPECT_EQ(created.message(), upserted.message());
    EXPECT_EQ(GetErrorDetails(upserted).violations.at(0).field, "order.receipt_number");
  }
  EXPECT_EQ(List("", bath), "1");
  EXPECT_EQ(List("filter: 'source = till'", bath), "1");
  v1::Order moved = here;
  moved.set_store("york");
  EXPECT_THAT(Update(moved, {"store"}, bath), HasReason("STORE_NOT_ALLOWED"));
  for (const char* store : {"york", ""}) {
    const v1::Order sent = MakeOrder("4", absl::StrCat("store: '", store, "'"));
    EXPECT_THAT(Create(sent, v1::UNKNOWN_CUSTOMER_UNSPECIFIED, bath),
                HasReason("STORE_NOT_ALLOWED"));
    EXPECT_THAT(Upsert(sent, bath), HasReason("STORE_NOT_ALLOWED"));
  }
  EXPECT_OK(Create(MakeOrder("4", "store: 'bath'"), v1::UNKNOWN_CUSTOMER_UNSPECIFIED, bath));
}

TEST_F(OrderListsTest, CustomersOfOtherStoresAreAsIfTheyWereNot) {
  const std::string bath = CustomerServer::Of("bath");
  const v1::Customer here =
      MakeCustomer(R"(home_store: "bath" phones { number: "+442079460000" })");
  const v1::Customer there = MakeCustomer(R"(home_store: "york" emails { address: "a@example.com" }
                                             phones { number: "+442079460000" })");
  const auto send = [&](const std::string& who, v1::UnknownCustomer unknown) {
    return Create(MakeOrder("1", absl::StrCat("store: 'bath' ", who)), unknown, bath);
  };
  EXPECT_THAT(send(absl::StrCat("customer: '", there.name(), "'"), v1::UNKNOWN_CUSTOMER_REFUSE),
              HasReason("CUSTOMER_NOT_FOUND"));
  const std::string email = "customer_identifier { email: 'a@example.com' }";
  EXPECT_THAT(send(email, v1::UNKNOWN_CUSTOMER_REFUSE), HasReason("CUSTOMER_UNKNOWN"));
  EXPECT_THAT(send(email, v1::UNKNOWN_CUSTOMER_CREATE), HasReason("IDENTIFIER_TAKEN"));
  ASSERT_OK_AND_ASSIGN(const v1::Order order, send("customer_identifier { phone: '+442079460000' }",
                                                   v1::UNKNOWN_CUSTOMER_REFUSE));
  EXPECT_EQ(order.customer(), here.name()) << "the only one whom the caller may see";
  ASSERT_OK_AND_ASSIGN(
      const v1::Order made,
      Create(MakeOrder("2", "store: 'bath' customer_identifier { email: 'new@example.com' }"),
             v1::UNKNOWN_CUSTOMER_CREATE, bath));
  EXPECT_EQ(GetCustomer(made.customer()).home_store(), "bath");
}

}  // namespace
}  // namespace regulars::customer
