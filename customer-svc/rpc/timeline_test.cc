// The timeline: all kinds in one list, in pages, and what other services told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "customer-svc/rpc/followed_changes.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/testing/order_server.h"
#include "regulars/customer/v1/behaviour_service.grpc.pb.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"
#include "regulars/customer/v1/timeline_service.grpc.pb.h"

namespace regulars::customer {
namespace {

using Timelines = v1::TimelineService::Stub;
using ::regulars::testing::HasReason;
using ::testing::ElementsAre;
using v1::TimelineEvent;
using MessageEntry = TimelineEvent::MessageEntry;

class TimelineTest : public OrderServiceTest {
 protected:
  void Order(int64_t second, const std::string& receipt, const std::string& more = "") {
    v1::Order order = MakeOrder(receipt, more);
    order.mutable_order_time()->set_seconds(second);
    order.set_customer(ann_.name());
    EXPECT_OK(Create(order));
  }
  void Consent(int64_t second) {
    v1::SetConsentRequest request;
    *request.mutable_consent() =
        Parse<v1::Consent>("channel: 'email' state: STATE_GRANTED source: 'till'");
    request.mutable_consent()->set_customer(ann_.name());
    request.mutable_consent()->mutable_change_time()->set_seconds(second);
    EXPECT_OK(server_.Call(&v1::ConsentService::Stub::SetConsent, request));
  }
  void Browse(int64_t second, const std::string& message, const std::string& store = "") {
    v1::IngestEventsRequest request;
    v1::BehaviourEvent& event = *request.add_events();
    event.set_source("shop");
    event.set_message_id(message);
    event.set_customer(ann_.name());
    event.set_event_name("seen");
    event.set_store(store);
    event.mutable_event_time()->set_seconds(second);
    EXPECT_OK(server_.Call(&v1::BehaviourService::Stub::IngestEvents, request));
  }
  void Message(int64_t second, const std::string& id, MessageEntry::What what) {
    MessageEntry entry;
    entry.set_message("messages/" + id);
    entry.set_what(what);
    EXPECT_OK(server_.server().store().Write([&](Transaction& tx) {
      return TellOfMessage(tx, ann_.name(), entry, absl::FromUnixSeconds(second));
    }));
  }

  absl::StatusOr<v1::ListTimelineEventsResponse> List(
      const std::string& more = "", const std::string& caller = CustomerServer::kAdmin) {
    return server_.Call(
        &Timelines::ListTimelineEvents,
        Parse<v1::ListTimelineEventsRequest>("customer: '" + ann_.name() + "' " + more), caller);
  }
  // "second kind", page after page.
  std::vector<std::string> All(const std::string& more,
                               const std::string& caller = CustomerServer::kAdmin) {
    std::vector<std::string> shown;
    std::string token;
    do {
      const auto page = List(absl::StrCat(more, " page_token: '", token, "'"), caller);
      EXPECT_OK(page);
      if (!page.ok()) return shown;
      for (const TimelineEvent& event : page->events()) {
        shown.push_back(absl::StrCat(event.event_time().seconds(), " ",
                                     TimelineEvent::Kind_Name(event.kind()).substr(5)));
      }
      token = page->next_page_token();
    } while (!token.empty() && shown.size() < 1000);
    return shown;
  }

  absl::Status Write(const std::function<absl::Status(Transaction&)>& change) {
    return server_.server().store().Write(change);
  }

  const v1::Customer ann_ = MakeCustomer("given_name: 'Ann' home_store: 'bath'");
};

TEST_F(TimelineTest, ShowsAllKindsNewestFirstWhateverThePages) {
  Order(100, "1");
  Order(300, "2");
  Order(300, "3");
  Consent(200);
  Consent(300);
  Browse(300, "a");
  Browse(300, "b");
  Browse(250, "c");
  Message(300, "m1", MessageEntry::WHAT_SENT);
  Message(300, "m2", MessageEntry::WHAT_SENT);
  Message(400, "m1", MessageEntry::WHAT_OPENED);
  const std::vector<std::string> expected = {"400 MESSAGE",   "300 ORDER",     "300 ORDER",
                                             "300 BEHAVIOUR", "300 BEHAVIOUR", "300 CONSENT",
                                             "300 MESSAGE",   "300 MESSAGE",   "250 BEHAVIOUR",
                                             "200 CONSENT",   "100 ORDER"};
  for (const int size : {1, 2, 3, 4, 7, 50}) {
    EXPECT_EQ(All(absl::StrCat("page_size: ", size)), expected) << size;
  }
  EXPECT_THAT(
      All("kinds: KIND_CONSENT kinds: KIND_MESSAGE page_size: 2"),
      ElementsAre("400 MESSAGE", "300 CONSENT", "300 MESSAGE", "300 MESSAGE", "200 CONSENT"));
  EXPECT_THAT(All("kinds: KIND_POINTS"), ElementsAre());
  ASSERT_OK_AND_ASSIGN(const auto page, List("kinds: KIND_ORDER page_size: 1"));
  EXPECT_EQ(page.events(0).order().receipt_number(), "3");
  EXPECT_EQ(page.events(0).order().amount().micros(), 2'500'000);
}

TEST_F(TimelineTest, WhoIsLimitedToStoresSeesWhatHappenedThere) {
  Order(600, "1", "store: 'york'");
  Browse(500, "a", "york");
  Order(400, "2", "store: 'bath'");
  Order(300, "3", "store: 'york'");
  Browse(200, "b", "bath");
  Order(100, "4");
  for (const int size : {1, 2, 50}) {
    EXPECT_THAT(All(absl::StrCat("page_size: ", size), CustomerServer::Of("bath")),
                ElementsAre("400 ORDER", "200 BEHAVIOUR"))
        << size;
  }
  EXPECT_EQ(All("").size(), 6u);
}

TEST_F(TimelineTest, PointsDoNotNameOrdersOfOtherStores) {
  Order(100, "1", "store: 'bath'");
  Order(200, "2", "store: 'york'");
  ASSERT_OK_AND_ASSIGN(const auto orders, List("kinds: KIND_ORDER"));
  ASSERT_OK(Write([&](Transaction& tx) -> absl::Status {
    for (const auto& order : orders.events()) {
      TimelineEvent event;
      event.set_kind(TimelineEvent::KIND_POINTS);
      *event.mutable_event_time() = order.event_time();
      event.mutable_points()->set_order(order.order().order());
      ABSL_RETURN_IF_ERROR(RememberLoyalty(tx, ann_.name(), order.order().receipt_number(), event));
    }
    return absl::OkStatus();
  }));
  ASSERT_OK_AND_ASSIGN(const auto all, List("kinds: KIND_POINTS"));
  ASSERT_EQ(all.events_size(), 2);
  EXPECT_EQ(all.events(0).points().order(), orders.events(0).order().order());
  ASSERT_OK_AND_ASSIGN(const auto limited, List("kinds: KIND_POINTS", CustomerServer::Of("bath")));
  ASSERT_EQ(limited.events_size(), 2);
  EXPECT_EQ(limited.events(0).points().order(), "") << "york's";
  EXPECT_EQ(limited.events(1).points().order(), orders.events(1).order().order());
}

TEST_F(TimelineTest, APageReadsABoundedNumberOfRows) {
  Message(100, "m1", MessageEntry::WHAT_SENT);
  EXPECT_OK(Write([](Transaction& tx) -> absl::Status {
    for (int64_t i = 0; i < 5'000; ++i) {
      ABSL_RETURN_IF_ERROR(followed::AddEntry(tx, 1,
                                              {.event_time = absl::FromUnixSeconds(1000 + i),
                                               .reference = absl::StrCat("posting ", i),
                                               .kind = TimelineEvent::KIND_POINTS,
                                               .entry = TimelineEvent().SerializeAsString()})
                               .status());
    }
    return absl::OkStatus();
  }));
  ASSERT_OK_AND_ASSIGN(const auto page, List("kinds: KIND_MESSAGE"));
  EXPECT_EQ(page.events_size(), 0);
  EXPECT_NE(page.next_page_token(), "") << "a page may be empty before the last";
  EXPECT_THAT(All("kinds: KIND_MESSAGE"), ElementsAre("100 MESSAGE"));
  ASSERT_OK_AND_ASSIGN(const auto orders, List("kinds: KIND_ORDER"));
  EXPECT_EQ(orders.next_page_token(), "") << "orders are no entries";
}

TEST_F(TimelineTest, APageReadsABoundedNumberOfLines) {
  for (int i = 1; i <= 5; ++i) Order(100 * i, absl::StrCat(i));
  Consent(150);
  // As if they were long.
  EXPECT_OK(Write(
      [](Transaction& tx) { return tx.Sql("UPDATE customer_order SET sale_lines = 9000").Run(); }));
  ASSERT_OK_AND_ASSIGN(const auto page, List());
  EXPECT_EQ(page.events_size(), 2);
  EXPECT_THAT(All(""), ElementsAre("500 ORDER", "400 ORDER", "300 ORDER", "200 ORDER",
                                   "150 CONSENT", "100 ORDER"));
}

TEST_F(TimelineTest, WhatIsToldTwiceIsOnce) {
  for (int i = 0; i < 2; ++i) {
    Message(300, "m1", MessageEntry::WHAT_SENT);
    Message(200, "m0", MessageEntry::WHAT_SENT);
    Message(400, "m1", MessageEntry::WHAT_CLICKED);
  }
  EXPECT_THAT(All(""), ElementsAre("400 MESSAGE", "300 MESSAGE", "200 MESSAGE"));
  EngagementFacts engagement;
  EXPECT_OK(server_.server().store().Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto key, db.Sql("SELECT key FROM customer").First<int64_t>());
    ABSL_ASSIGN_OR_RETURN(engagement, followed::LoadEngagement(db, key.value()));
    return absl::OkStatus();
  }));
  EXPECT_EQ(engagement.sends, 2);
  EXPECT_EQ(engagement.clicks, 1);
  EXPECT_EQ(engagement.last_send_time, absl::FromUnixSeconds(300));
}

TEST_F(TimelineTest, UnsubscribingWithdrawsTheConsent) {
  Consent(200);
  EXPECT_OK(server_.server().store().Write([&](Transaction& tx) {
    return Unsubscribe(tx, ann_.name(), "email", "news", "messages/m1", absl::FromUnixSeconds(300));
  }));
  v1::MayContactRequest request;
  request.set_customer(ann_.name());
  request.set_channel("email");
  request.set_topic("news");
  ASSERT_OK_AND_ASSIGN(const auto may,
                       server_.Call(&v1::ConsentService::Stub::MayContact, request));
  EXPECT_EQ(may.verdict(), v1::CONTACT_VERDICT_WITHDRAWN);
  EXPECT_EQ(may.consent().proof(), "messages/m1");
}

TEST_F(TimelineTest, Refusals) {
  EXPECT_THAT(List("kinds: KIND_UNSPECIFIED"), HasReason("INVALID_KIND"));
  EXPECT_THAT(List("page_size: -1"), HasReason("INVALID_PAGE_SIZE"));
  EXPECT_THAT(List("page_token: 'x'"), HasReason("INVALID_PAGE_TOKEN"));
  EXPECT_THAT(server_.Call(&Timelines::ListTimelineEvents,
                           Parse<v1::ListTimelineEventsRequest>("customer: 'customers/none'")),
              HasReason("CUSTOMER_NOT_FOUND"));
}

}  // namespace
}  // namespace regulars::customer
