// What loyalty-svc makes of the state of customer-svc, read over the wire from one that the test
// plays.
#include "loyalty-svc/follow/rebuild.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "chassis/feed/feed_applier.h"
#include "chassis/feed/follow_fixture.h"
#include "chassis/rpc/page_token.h"
#include "chassis/testing/fake_upstream.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "loyalty-svc/follow/customer_feed.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/programmes.h"
#include "loyalty-svc/store/schema.h"
#include "loyalty-svc/testing/loyalty_server.h"
#include "regulars/customer/v1/customer_service.grpc.pb.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"
#include "regulars/customer/v1/settings_service.grpc.pb.h"

namespace regulars::loyalty {
namespace {

namespace cv1 = ::regulars::customer::v1;
using ::testing::ElementsAre;
using testing::FakeUpstream;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::TempStore;
using ::testing::UnorderedElementsAre;

// What it holds, as far as it is asked.
struct Shop {
  std::vector<cv1::Order> orders;
  std::vector<cv1::Erasure> erasures;
  std::set<std::string> customers;
  std::string currency = "EUR";
  size_t page = 2;
};

// A page of `all`, whose tokens are numbers.
template <typename Request, typename Item, typename Reply>
absl::Status ListPage(Snapshot& db, const Request& request, size_t size,
                      const std::vector<Item>& all, google::protobuf::RepeatedPtrField<Item>& items,
                      Reply& reply) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t begin, rpc::PositionOf(page));
  const size_t end = std::min(all.size(), static_cast<size_t>(begin) + size);
  for (auto i = static_cast<size_t>(begin); i < end; ++i) *items.Add() = all[i];
  if (end < all.size()) {
    reply.set_next_page_token(rpc::NextPageToken(request, db.now(), {absl::StrCat(end)}));
  }
  return absl::OkStatus();
}

testing::TestServer::Services Serve(const rpc::Environment& environment, Shop& shop) {
  testing::TestServer::Services services;
  auto orders = std::make_unique<rpc::Service>(environment, cv1::OrderService::service_full_name());
  orders->Read(
      "ListOrders",
      [&shop](Snapshot& db,
              const cv1::ListOrdersRequest& request) -> absl::StatusOr<cv1::ListOrdersResponse> {
        cv1::ListOrdersResponse reply;
        EXPECT_TRUE(request.show_cancelled());
        ABSL_RETURN_IF_ERROR(
            ListPage(db, request, shop.page, shop.orders, *reply.mutable_orders(), reply));
        return reply;
      });
  auto erasures =
      std::make_unique<rpc::Service>(environment, cv1::ErasureService::service_full_name());
  erasures->Read("ListErasures",
                 [&shop](Snapshot& db, const cv1::ListErasuresRequest& request)
                     -> absl::StatusOr<cv1::ListErasuresResponse> {
                   cv1::ListErasuresResponse reply;
                   ABSL_RETURN_IF_ERROR(ListPage(db, request, shop.page, shop.erasures,
                                                 *reply.mutable_erasures(), reply));
                   return reply;
                 });
  auto settings =
      std::make_unique<rpc::Service>(environment, cv1::SettingsService::service_full_name());
  settings->Read(
      "GetCompanySettings",
      [&shop](Snapshot&,
              const cv1::GetCompanySettingsRequest&) -> absl::StatusOr<cv1::CompanySettings> {
        cv1::CompanySettings reply;
        reply.set_base_currency(shop.currency);
        return reply;
      });
  auto customers =
      std::make_unique<rpc::Service>(environment, cv1::CustomerService::service_full_name());
  customers->Read("BatchGetCustomers",
                  [&shop](Snapshot&, const cv1::BatchGetCustomersRequest& request)
                      -> absl::StatusOr<cv1::BatchGetCustomersResponse> {
                    cv1::BatchGetCustomersResponse reply;
                    for (const std::string& name : request.names()) {
                      if (shop.customers.contains(name)) reply.add_customers()->set_name(name);
                    }
                    return reply;
                  });
  services.push_back(std::move(orders));
  services.push_back(std::move(erasures));
  services.push_back(std::move(settings));
  services.push_back(std::move(customers));
  return services;
}

class RebuildTest : public ::testing::Test {
 protected:
  RebuildTest() { EXPECT_OK(applier_.Open()); }

  // An order for `euros`, which makes its customer known; its event is published.
  void Buy(const std::string& receipt, const std::string& customer, int64_t euros) {
    cv1::OrderRecorded event;
    *event.mutable_order() = LoyaltyServer::MakeOrder(receipt, customer, euros);
    auto order = Parse<cv1::Order>(R"(source: "till" order_time { seconds: 1672531200 } store: "a"
                                      state: STATE_RECORDED exchange_rate: "1"
                                      base_totals { amount { currency_code: "EUR" } }
                                      lines { line_id: "l" quantity_micros: 1000000 })");
    order.set_name("orders/" + receipt);
    order.set_receipt_number(receipt);
    order.set_customer("customers/" + customer);
    order.mutable_lines(0)->set_amount_micros(euros * 1'000'000);
    shop_.orders.push_back(order);
    shop_.customers.insert(order.customer());
    customer_.Publish(order.customer(), event);
  }
  // Takes a customer away; nobody is told.
  void Lose(const std::string& customer) {
    shop_.customers.erase("customers/" + customer);
    for (cv1::Order& order : shop_.orders) {
      if (order.customer() == "customers/" + customer) order.clear_customer();
    }
  }
  void Erase(const std::string& customer, bool confirmed) {
    Lose(customer);
    cv1::Erasure& erasure = shop_.erasures.emplace_back();
    erasure.set_name("erasures/" + customer);
    erasure.set_customer("customers/" + customer);
    erasure.add_parts()->set_service("customer");
    erasure.mutable_parts(0)->mutable_confirm_time();
    erasure.add_parts()->set_service("loyalty");
    if (confirmed) erasure.mutable_parts(1)->mutable_confirm_time();
  }

  void Follow() {
    const auto batch = follow::NextBatch(*customer_.server().store(), applier_.Request());
    ASSERT_OK(batch);
    ASSERT_OK(applier_.Apply(applier_.Decode(*batch)));
  }
  // As though customer-svc had been restored.
  void BeginEpoch(const std::string& epoch) {
    ASSERT_OK(customer_.server().store().Write(
        [&](Transaction& tx) { return tx.Sql("UPDATE store_meta SET epoch = ?", epoch).Run(); }));
  }
  // As though events were gone; in another epoch, as though customer-svc had been restored.
  void Rebuild(const std::string& epoch = "") {
    if (!epoch.empty()) {
      ASSERT_NO_FATAL_FAILURE(BeginEpoch(epoch));
    }
    ASSERT_OK_AND_ASSIGN(const auto state, follow::StateOfFeed(*customer_.server().store()));
    ASSERT_OK(applier_.GoOnFrom(state));
    for (int steps = 0; applier_.cursor().state != follow::State::kFollowing; ++steps) {
      ASSERT_LT(steps, 100);
      ASSERT_OK(applier_.RebuildStep());
    }
  }

  // "<customer> <balance>", "closed" for those who are.
  std::vector<std::string> Members() {
    std::vector<std::string> all;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto keys, members::KeysAfter(db, 0, 100));
      for (const int64_t key : keys) {
        ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByKey(db, key));
        all.push_back(absl::StrCat(member->customer_id, " ", member->balance.points,
                                   member->is_active() ? "" : " closed"));
      }
      return absl::OkStatus();
    }));
    return all;
  }
  // What was published of this type since the last call, by subject.
  std::vector<std::string> NewEvents(const std::string& type) {
    std::vector<std::string> subjects;
    EXPECT_OK(store_.Read([&](Snapshot& db) {
      return db
          .Sql("SELECT position, subject FROM feed WHERE type = ? AND position > ? ORDER BY 1",
               absl::StrCat("regulars.loyalty.", type, ".v1"), told_[type])
          .Each<int64_t, std::string>([&](int64_t position, std::string subject) {
            told_[type] = position;
            subjects.push_back(std::move(subject));
          });
    }));
    return subjects;
  }

  // Whose erasures were left to the task since the last call.
  std::vector<std::string> NewErasures() {
    std::vector<std::string> customers;
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(
          customers,
          tx.Sql("SELECT customer FROM pending_erasure ORDER BY key").All<std::string>());
      return tx.Sql("DELETE FROM pending_erasure").Run();
    }));
    return customers;
  }

  Shop shop_;
  FakeUpstream customer_{"customer", "loyalty", {}, [this](const rpc::Environment& environment) {
                           return Serve(environment, shop_);
                         }};
  TempStore store_{LoyaltyMigrations()};
  const FeedHandlers handlers_ = CustomerHandlers(&*store_, &customer_.peer());
  FeedApplier applier_{*store_, {.service = "loyalty", .upstream = "customer"}, handlers_};
  std::map<std::string, int64_t> told_;
};

TEST_F(RebuildTest, ReadsAllOrdersPageByPage) {
  for (int i = 1; i <= 5; ++i) Buy(absl::StrCat("r", i), i % 2 == 0 ? "ann" : "bob", i);
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(Members(), UnorderedElementsAre("bob 9", "ann 6"));
  // What the state tells again is known.
  shop_.orders[0].set_state(cv1::Order::STATE_CANCELLED);
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  ASSERT_NO_FATAL_FAILURE(Rebuild("another"));
  EXPECT_THAT(Members(), UnorderedElementsAre("bob 8", "ann 6"));
  EXPECT_THAT(NewEvents("points_posted"), ::testing::SizeIs(6));
}

TEST_F(RebuildTest, EndsTheMembershipOfWhoIsGone) {
  // More than are asked for at once.
  shop_.page = 100;
  for (int i = 0; i < 230; ++i) Buy(absl::StrCat("r", i), absl::StrCat("c", i), 1);
  ASSERT_NO_FATAL_FAILURE(Follow());
  for (const char* customer : {"c7", "c99", "c100", "c229"}) Lose(customer);
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(NewEvents("member_closed"),
              ElementsAre("customers/c7", "customers/c99", "customers/c100", "customers/c229"));
  EXPECT_THAT(Members(), ::testing::Contains("c7 0 closed"));
  EXPECT_THAT(Members(), ::testing::Contains("c8 1"));
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(NewEvents("member_closed"), IsEmpty());
}

TEST_F(RebuildTest, ARestoredUpstreamEndsNobodysMembership) {
  Buy("r1", "ann", 30);
  Buy("r2", "bob", 5);
  ASSERT_NO_FATAL_FAILURE(Follow());
  shop_ = {};
  ASSERT_NO_FATAL_FAILURE(Rebuild("another"));
  EXPECT_THAT(Members(), ElementsAre("ann 30", "bob 5"));
  // Nor does a rebuild that comes later.
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(Members(), ElementsAre("ann 30", "bob 5"));
  // An older backup still, or a newer one.
  Buy("r3", "cid", 7);
  shop_.customers.insert("customers/ann");
  ASSERT_NO_FATAL_FAILURE(Rebuild("a third"));
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(Members(), ElementsAre("ann 30", "bob 5", "cid 7"));
  // Whom it has again may be missed again.
  Lose("ann");
  Lose("cid");
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(Members(), ElementsAre("ann 0 closed", "bob 5", "cid 0 closed"));
}

// Enrolled by a till after the restore, whom customer-svc had lost before she was a member.
TEST_F(RebuildTest, WhoWasLostAsACustomerIsNotMissedAsAMember) {
  ASSERT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Programme programme, programmes::Load(tx));
    programme.enrolment = Enrolment::kByCall;
    return programmes::Save(tx, programme);
  }));
  Buy("r1", "ann", 30);
  ASSERT_NO_FATAL_FAILURE(Follow());
  shop_ = {};
  ASSERT_NO_FATAL_FAILURE(Rebuild("another"));
  ASSERT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto key, members::FindHolder(tx, "ann"));
    return members::Insert(tx, {.key = key.value(), .id = "m", .create_time = tx.now()});
  }));
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(Members(), ElementsAre("ann 0"));
}

// What the restored one answers says nothing about the feed that is read.
TEST_F(RebuildTest, AnUpstreamThatIsRestoredDuringARebuildEndsNobodysMembership) {
  Buy("r1", "ann", 30);
  Buy("r2", "bob", 5);
  ASSERT_NO_FATAL_FAILURE(Follow());
  ASSERT_OK_AND_ASSIGN(const auto state, follow::StateOfFeed(*customer_.server().store()));
  ASSERT_OK(applier_.GoOnFrom(state));
  ASSERT_OK(applier_.RebuildStep());
  shop_ = {};
  ASSERT_NO_FATAL_FAILURE(BeginEpoch("another"));
  for (int steps = 0; applier_.cursor().state != follow::State::kFollowing; ++steps) {
    ASSERT_LT(steps, 100);
    ASSERT_OK(applier_.RebuildStep());
  }
  EXPECT_THAT(Members(), ElementsAre("ann 30", "bob 5"));
  EXPECT_THAT(follow::NextBatch(*customer_.server().store(), applier_.Request()).status(),
              testing::HasReason("EPOCH_UNKNOWN"));
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(Members(), ElementsAre("ann 30", "bob 5"));
}

TEST_F(RebuildTest, ConfirmsErasuresOnce) {
  Buy("r1", "ann", 30);
  Buy("r2", "bob", 5);
  Buy("r3", "cid", 7);
  ASSERT_NO_FATAL_FAILURE(Follow());
  // Bob's was confirmed by a later state of this store.
  Erase("ann", /*confirmed=*/false);
  Erase("bob", /*confirmed=*/true);
  Erase("old", /*confirmed=*/true);
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_THAT(Members(), ElementsAre(" 0 closed", " 0 closed", "cid 7"));
  EXPECT_THAT(NewErasures(), ElementsAre("customers/ann", "customers/bob"));
  // Who asks again is told again.
  ASSERT_NO_FATAL_FAILURE(Rebuild("another"));
  EXPECT_THAT(NewErasures(), ElementsAre("customers/ann"));
}

TEST_F(RebuildTest, AnErasureDoesNotWaitBehindAParkedOrderAndTakesItAway) {
  Buy("r1", "ann", 30);
  for (const std::string customer : {"ann", "bob"}) {
    cv1::OrderRecorded unreadable;
    *unreadable.mutable_order() = LoyaltyServer::MakeOrder("bad-" + customer, customer, 5);
    unreadable.mutable_order()->mutable_lines(0)->set_quantity_micros(0);
    customer_.Publish("customers/" + customer, unreadable);
  }
  Buy("r3", "ann", 7);
  cv1::CustomerDeleted deleted;
  deleted.set_customer("customers/ann");
  customer_.Publish("customers/ann", deleted);
  ASSERT_NO_FATAL_FAILURE(Follow());
  EXPECT_EQ(applier_.stats()->parked, 4) << "her orders and the deletion, and his order";
  cv1::ErasureRequested erasure;
  erasure.set_erasure("erasures/e1");
  erasure.set_customer("customers/ann");
  customer_.Publish("customers/ann", erasure);
  ASSERT_NO_FATAL_FAILURE(Follow());
  EXPECT_THAT(Members(), ElementsAre(" 0 closed"));
  EXPECT_THAT(NewErasures(), ElementsAre("customers/ann"));
  ASSERT_OK(applier_.CountParked());
  EXPECT_EQ(applier_.stats()->parked, 1);
  EXPECT_OK(store_.Read([](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto parked, follow::ListParked(db, "customer", 0, 10, 1000));
    EXPECT_EQ(parked.parked.at(0).subject, "customers/bob");
    ABSL_ASSIGN_OR_RETURN(
        const auto known,
        db.Sql("SELECT COUNT(*) FROM holder WHERE customer IS NOT NULL").First<int64_t>());
    EXPECT_EQ(known, 0);
    return absl::OkStatus();
  }));
}

TEST_F(RebuildTest, LearnsTheBaseCurrency) {
  shop_.currency = "SEK";
  ASSERT_NO_FATAL_FAILURE(Rebuild());
  EXPECT_OK(store_.Read([](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(db));
    EXPECT_EQ(programme.base_currency, "SEK");
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace regulars::loyalty
