// What each event of customer-svc does here, and a rebuild from its lists.
#include "recommend-svc/follow/customer_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/feed/follow_tables.h"
#include "chassis/testing/fake_upstream.h"
#include "chassis/testing/feed_events.h"
#include "recommend-svc/follow/erase.h"
#include "recommend-svc/store/customers.h"
#include "recommend-svc/store/items.h"
#include "recommend-svc/testing/recommend_server.h"
#include "regulars/admin/v1/admin_service.grpc.pb.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"
#include "regulars/privacy/v1/privacy_service.grpc.pb.h"

namespace regulars::recommend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CustomerHandlersTest : public ::testing::Test {
 protected:
  void Feed(const google::protobuf::Message& payload) {
    ASSERT_OK(server_.Write(
        [&](Transaction& tx) { return testing::Feed(tx, handlers_, "customers/ann", payload); }));
  }
  void Record(const customer::v1::OrderFacts& order) {
    customer::v1::OrderRecorded payload;
    *payload.mutable_order() = order;
    Feed(payload);
  }
  void View(const std::string& item, const std::string& event_name = "product_viewed",
            int64_t second = 1'700'000'000) {
    customer::v1::BehaviourRecorded payload;
    payload.set_customer("customers/ann");
    payload.set_event_name(event_name);
    payload.set_item(item);
    payload.mutable_event_time()->set_seconds(second);
    Feed(payload);
  }
  int64_t OrdersOf(const std::string& code) {
    v1::GetItemRequest request;
    request.set_name("items/" + code);
    const auto item = server_.Call(&RecommendServer::Items::GetItem, request);
    return item.ok() ? item->statistics().order_count() : -1;
  }

  // "<title>: <item> …" for each section that is told of a customer.
  std::vector<std::string> Export(const std::string& customer) {
    privacy::v1::ExportPersonalDataRequest request;
    request.set_customer(customer);
    const auto response =
        server_.Call(&privacy::v1::PrivacyService::Stub::ExportPersonalData, request);
    EXPECT_OK(response);
    std::vector<std::string> sections;
    if (!response.ok()) return sections;
    for (const auto& section : response->sections()) {
      std::string text = section.title() + ":";
      for (const auto& row : section.rows()) {
        absl::StrAppend(&text, " ", row.fields().at("item").string_value());
      }
      sections.push_back(std::move(text));
    }
    return sections;
  }

  RecommendServer server_;
  FeedHandlers handlers_ = CustomerHandlers(nullptr, nullptr);
};

TEST_F(CustomerHandlersTest, OrdersCount) {
  Record(MakeOrder("1", "pot soil"));
  EXPECT_EQ(OrdersOf("pot"), 1);
  customer::v1::OrderChanged changed;
  *changed.mutable_order() = MakeOrder("1", "pot seeds");
  Feed(changed);
  EXPECT_EQ(OrdersOf("soil"), 0);
  EXPECT_EQ(OrdersOf("seeds"), 1);
  customer::v1::OrderCancelled cancelled;
  *cancelled.mutable_order() = changed.order();
  Feed(cancelled);
  EXPECT_EQ(OrdersOf("pot"), 0);
}

TEST_F(CustomerHandlersTest, CustomersOfWhomNothingIsKeptAreUnknown) {
  Record(MakeOrder("1", "pot", "ann"));
  customer::v1::OrderChanged changed;
  *changed.mutable_order() = MakeOrder("1", "pot", "eve");
  Feed(changed);
  EXPECT_EQ(server_.Count("customer WHERE id = 'ann'"), 0);
  EXPECT_EQ(server_.Count("customer WHERE id = 'eve'"), 1);
  customer::v1::OrderCancelled cancelled;
  *cancelled.mutable_order() = changed.order();
  Feed(cancelled);
  EXPECT_EQ(server_.Count("customer"), 0);
}

TEST_F(CustomerHandlersTest, ViewsOfKnownItemsAreKept) {
  Record(MakeOrder("1", "pot soil"));
  View("pot");
  View("pot", "product_added", 1'700'000'100);
  View("soil", "product_removed");
  View("made-up");
  EXPECT_EQ(server_.Count("viewed WHERE view_time = 1700000100000000"), 1);
  View("pot", "product_viewed", 1'700'000'050);
  EXPECT_EQ(server_.Count("viewed WHERE view_time = 1700000100000000"), 1) << "the latest stays";
  EXPECT_EQ(server_.Count("viewed"), 1);
  EXPECT_EQ(server_.Count("item"), 2) << "behaviour makes no items";
}

TEST_F(CustomerHandlersTest, TheLatestViewsAreKept) {
  std::string codes;
  for (int i = 0; i < 60; ++i) absl::StrAppend(&codes, " item-", i);
  Record(MakeOrder("1", codes));
  for (int i = 0; i < 60; ++i) View(absl::StrCat("item-", i), "product_viewed", 1'700'000'000 + i);
  EXPECT_EQ(server_.Count("viewed"), 50);
  EXPECT_EQ(server_.Count("viewed WHERE view_time < 1700000010000000"), 0);
}

TEST_F(CustomerHandlersTest, ErasedCustomersLeaveNothing) {
  Record(MakeOrder("1", "pot soil", "ann"));
  View("pot");
  EXPECT_THAT(Export("customers/ann"),
              ElementsAre("Items bought: pot soil", "Items looked at: pot"));
  customer::v1::ErasureRequested request;
  request.set_erasure("erasures/e1");
  request.set_customer("customers/ann");
  Feed(request);
  server_.AwaitErasures();
  Feed(request);
  server_.AwaitErasures();
  EXPECT_THAT(Export("customers/ann"), IsEmpty());
  EXPECT_EQ(server_.Count("customer"), 0);
  EXPECT_EQ(server_.Count("viewed"), 0);
  EXPECT_EQ(server_.Count("receipt WHERE customer IS NOT NULL"), 0);
  EXPECT_EQ(OrdersOf("pot"), 1) << "the order still counts";
  EXPECT_THAT(server_.EventsAfter(0),
              ElementsAre("erasure_confirmed erasures/e1", "erasure_confirmed erasures/e1"));
}

// Events that failed hold the person's id, and the reply about one that was skipped does.
TEST_F(CustomerHandlersTest, ErasedCustomersAreInNoParkedEventAndNoReply) {
  ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(follow::Save(tx, {.upstream = "customer"}));
    for (const int64_t position : {3, 4, 5}) {
      feed::v1::Event event;
      event.set_position(position);
      event.set_subject(position == 5 ? "customers/bob" : "customers/ann");
      ABSL_RETURN_IF_ERROR(follow::Park(tx, {.upstream = "customer",
                                             .position = position,
                                             .subject = event.subject(),
                                             .event = event.SerializeAsString(),
                                             .park_time = tx.now()}));
    }
    return absl::OkStatus();
  }));
  admin::v1::SkipParkedEventRequest skip;
  skip.set_name("followers/customer/parkedEvents/3");
  skip.set_request_id("skip-it");
  ASSERT_OK(server_.Call(&admin::v1::AdminService::Stub::SkipParkedEvent, skip));
  customer::v1::ErasureRequested request;
  request.set_erasure("erasures/e1");
  request.set_customer("customers/ann");
  Feed(request);
  server_.AwaitErasures();
  EXPECT_EQ(server_.Count("parked_event"), 1);
  EXPECT_EQ(server_.Count("parked_event WHERE subject = 'customers/bob'"), 1);
  EXPECT_THAT(server_.Call(&admin::v1::AdminService::Stub::SkipParkedEvent, skip),
              testing::HasReason("REPLY_ERASED"));
  EXPECT_THAT(server_.EventsAfter(0), ElementsAre("erasure_confirmed erasures/e1"));
}

TEST_F(CustomerHandlersTest, AnErasureWaitsForNothingAndNothingThatComesLateBringsThePersonBack) {
  EXPECT_TRUE(handlers_.Find("regulars.customer.erasure_requested.v1")->at_once);
  customer::v1::ErasureRequested request;
  request.set_erasure("erasures/e1");
  request.set_customer("customers/ann");
  Feed(request);
  // What was parked before, and is tried again.
  Record(MakeOrder("1", "pot soil", "ann"));
  View("pot");
  EXPECT_EQ(server_.Count("customer"), 0);
  EXPECT_EQ(server_.Count("viewed"), 0);
  EXPECT_EQ(server_.Count("receipt WHERE customer IS NOT NULL"), 0);
  EXPECT_EQ(OrdersOf("pot"), 1) << "it counts";
  Record(MakeOrder("2", "pot", "eve"));
  EXPECT_EQ(server_.Count("customer WHERE id = 'eve'"), 1) << "others are known as ever";
}

TEST_F(CustomerHandlersTest, AnExportHoldsWhatCameBackToo) {
  customer::v1::OrderFacts sale = MakeOrder("1", "pot soil", "ann");
  sale.set_store("leeds");
  Record(sale);
  customer::v1::OrderFacts back = MakeOrder("2", "pot", "ann");
  back.mutable_lines(0)->set_type(customer::v1::OrderLine::TYPE_RETURN);
  customer::v1::ReturnLink& link = *back.mutable_lines(0)->add_return_links();
  link.set_order("orders/1");
  link.set_quantity_micros(1'000'000);
  Record(back);
  EXPECT_THAT(Export("customers/ann"),
              ElementsAre("Items returned: pot", "Items bought: pot soil"));
  privacy::v1::ExportPersonalDataRequest request;
  request.set_customer("customers/ann");
  ASSERT_OK_AND_ASSIGN(
      const auto response,
      server_.Call(&privacy::v1::PrivacyService::Stub::ExportPersonalData, request));
  const auto& pot = response.sections(1).rows(0).fields();
  EXPECT_EQ(pot.at("cameBack").string_value(), "yes");
  EXPECT_EQ(pot.at("store").string_value(), "leeds");
  EXPECT_EQ(pot.at("receiptNumber").string_value(), "1");
}

TEST_F(CustomerHandlersTest, DeletedCustomersLeaveNoTrace) {
  Record(MakeOrder("1", "pot soil", "ann"));
  View("pot");
  customer::v1::CustomerDeleted deleted;
  deleted.set_customer("customers/ann");
  Feed(deleted);
  EXPECT_EQ(server_.Count("customer") + server_.Count("viewed"), 0);
  EXPECT_THAT(server_.EventsAfter(0), IsEmpty());
  Record(MakeOrder("2", "pot", "ann"));
  EXPECT_EQ(server_.Count("customer"), 1) << "another person, for all that is known here";
}

TEST_F(CustomerHandlersTest, ALongHistoryIsForgottenInSteps) {
  constexpr int kOrders = 3 * kReceiptsAtOnce + 7;
  for (int i = 0; i < kOrders; ++i) server_.Follow(MakeOrder(absl::StrCat(i), "pot", "ann"));
  customer::v1::CustomerDeleted deleted;
  deleted.set_customer("customers/ann");
  customer::v1::ErasureRequested request;
  request.set_erasure("erasures/e1");
  request.set_customer("customers/ann");
  ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(testing::Feed(tx, handlers_, "customers/ann", deleted));
    ABSL_RETURN_IF_ERROR(testing::Feed(tx, handlers_, "customers/ann", request));
    ABSL_ASSIGN_OR_RETURN(
        const auto left,
        tx.Sql("SELECT COUNT(*) FROM receipt WHERE customer IS NOT NULL").First<int64_t>());
    EXPECT_EQ(left, kOrders - kReceiptsAtOnce);
    return absl::OkStatus();
  }));
  EXPECT_THAT(Export("customers/ann"), IsEmpty());
  server_.AwaitErasures();
  EXPECT_EQ(server_.Count("receipt WHERE customer IS NOT NULL"), 0);
  EXPECT_THAT(server_.EventsAfter(0), ElementsAre("erasure_confirmed erasures/e1"));
  EXPECT_EQ(OrdersOf("pot"), kOrders);
}

// One task confirms both.
TEST_F(CustomerHandlersTest, AnErasureInStepsBearsItsOwnCause) {
  for (const char* customer : {"ann", "bob"}) {
    for (int i = 0; i < kReceiptsAtOnce + 1; ++i) {
      server_.Follow(MakeOrder(absl::StrCat(customer, i), "pot", customer));
    }
  }
  ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
    for (const std::string customer : {"ann", "bob"}) {
      customer::v1::ErasureRequested request;
      request.set_erasure("erasures/of-" + customer);
      request.set_customer("customers/" + customer);
      const regulars::Origin origin{.correlation_id = "cause-" + customer, .hops = 1};
      ABSL_RETURN_IF_ERROR(tx.As(origin, [&](Transaction& part) {
        return testing::Feed(part, handlers_, request.customer(), request);
      }));
    }
    return absl::OkStatus();
  }));
  server_.AwaitErasures();
  for (const std::string customer : {"ann", "bob"}) {
    EXPECT_EQ(
        server_.Count(absl::StrCat("feed WHERE subject = 'erasures/of-", customer,
                                   "' AND hops = 1 AND correlation_id = 'cause-", customer, "'")),
        1)
        << customer;
  }
}

// Orders in pages of two, and one erasure.
class FakeOrders : public customer::v1::OrderService::Service {
 public:
  grpc::Status ListOrders(grpc::ServerContext*, const customer::v1::ListOrdersRequest* request,
                          customer::v1::ListOrdersResponse* response) override {
    const size_t begin = request->page_token().empty() ? 0 : 2;
    for (size_t i = begin; i < orders.size() && i < begin + 2; ++i) {
      *response->add_orders() = orders[i];
    }
    if (begin == 0 && orders.size() > 2) response->set_next_page_token("2");
    return grpc::Status::OK;
  }

  std::vector<customer::v1::Order> orders;
};

class FakeErasures : public customer::v1::ErasureService::Service {
  grpc::Status ListErasures(grpc::ServerContext*, const customer::v1::ListErasuresRequest*,
                            customer::v1::ListErasuresResponse* response) override {
    customer::v1::Erasure& erasure = *response->add_erasures();
    erasure.set_name("erasures/e1");
    erasure.set_customer("customers/eve");
    return grpc::Status::OK;
  }
};

// Knows nobody but Ann.
class FakeConsents : public customer::v1::ConsentService::Service {
  grpc::Status BatchGetContacts(grpc::ServerContext*,
                                const customer::v1::BatchGetContactsRequest* request,
                                customer::v1::BatchGetContactsResponse* response) override {
    for (const std::string& name : request->customers()) {
      customer::v1::Contact& contact = *response->add_contacts();
      contact.set_customer(name);
      contact.set_verdict(name == "customers/ann" ? customer::v1::CONTACT_VERDICT_NO_CONSENT
                                                  : customer::v1::CONTACT_VERDICT_CUSTOMER_UNKNOWN);
    }
    return grpc::Status::OK;
  }
};

// The same order as the service holds it.
customer::v1::Order ToResource(const customer::v1::OrderFacts& facts) {
  customer::v1::Order order;
  order.set_name(facts.order());
  order.set_source(facts.source());
  order.set_receipt_number(facts.receipt_number());
  order.set_customer(facts.customer());
  *order.mutable_order_time() = facts.order_time();
  for (const auto& fact : facts.lines()) {
    customer::v1::OrderLine& line = *order.add_lines();
    line.set_type(fact.type());
    line.set_kind(fact.kind());
    line.set_item(fact.item());
    line.set_quantity_micros(fact.quantity_micros());
  }
  return order;
}

TEST_F(CustomerHandlersTest, ARebuildEndsWithWhatIsThere) {
  Record(MakeOrder("1", "pot soil", "ann"));
  Record(MakeOrder("2", "pot soil", "eve"));
  Record(MakeOrder("lost", "pot pen"));
  // Somebody whose deletion was missed, and Ann, who looked at something.
  for (const char* name : {"bob", "ann"}) {
    ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto key, customers::Know(tx, name));
      ABSL_ASSIGN_OR_RETURN(const auto item, items::FindKey(tx, "pot"));
      return customers::AddView(tx, key.value(), {item.value(), tx.now(), ""});
    }));
  }
  FakeOrders* orders = nullptr;
  testing::FakeUpstream upstream("customer", "recommend", {}, [&](const rpc::Environment&) {
    auto made = std::make_unique<FakeOrders>();
    orders = made.get();
    testing::TestServer::Services services;
    services.push_back(std::move(made));
    services.push_back(std::make_unique<FakeErasures>());
    services.push_back(std::make_unique<FakeConsents>());
    return services;
  });
  orders->orders = {ToResource(MakeOrder("1", "pot seeds", "ann")),
                    ToResource(MakeOrder("2", "pot soil")), ToResource(MakeOrder("3", "mug"))};
  const FeedHandlers handlers = CustomerHandlers(&upstream.peer(), &*server_.server().store());
  std::string cursor;
  do {
    const auto page = handlers.plan()->fetch(regulars::Origin(), cursor);
    ASSERT_OK(page);
    ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
      for (size_t i = 0; i < page->size; ++i) {
        ABSL_RETURN_IF_ERROR(handlers.plan()->apply(tx, *page, i, /*generation=*/1));
      }
      return absl::OkStatus();
    }));
    cursor = page->next;
  } while (!cursor.empty());
  bool done = false;
  for (int step = 0; step < 10 && !done; ++step) {
    ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(done, handlers.plan()->finish(tx, 1));
      return absl::OkStatus();
    }));
  }
  EXPECT_TRUE(done);
  EXPECT_EQ(OrdersOf("pot"), 2);
  EXPECT_EQ(OrdersOf("soil"), 1);
  EXPECT_EQ(OrdersOf("seeds"), 1);
  EXPECT_EQ(OrdersOf("mug"), 1);
  EXPECT_EQ(OrdersOf("pen"), 0);
  EXPECT_EQ(server_.Count("receipt"), 3);
  EXPECT_EQ(server_.Count("customer WHERE id = 'ann'"), 1);
  EXPECT_EQ(server_.Count("customer"), 1);
  EXPECT_EQ(server_.Count("viewed"), 1);
  server_.AwaitErasures();
  EXPECT_THAT(server_.EventsAfter(0), ElementsAre("erasure_confirmed erasures/e1"));
}

}  // namespace
}  // namespace regulars::recommend
