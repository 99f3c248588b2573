// BehaviourService over gRPC, and the segments that events move.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "customer-svc/domain/behaviour.h"
#include "customer-svc/testing/customer_fixture.h"
#include "customer-svc/testing/segment_world.h"
#include "regulars/customer/v1/behaviour_service.grpc.pb.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using Behaviour = v1::BehaviourService::Stub;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::SizeIs;

constexpr auto kRecorded = v1::IngestResult::OUTCOME_RECORDED;
constexpr auto kDuplicate = v1::IngestResult::OUTCOME_DUPLICATE;
constexpr auto kRefused = v1::IngestResult::OUTCOME_REFUSED;

class IngestEventsTest : public CustomerServiceTest {
 protected:
  absl::StatusOr<v1::IngestEventsResponse> Ingest(
      const std::string& text, const std::string& token = CustomerServer::kAdmin) {
    return server_.Call(&Behaviour::IngestEvents, Parse<v1::IngestEventsRequest>(text), token);
  }
  std::vector<int> Outcomes(const std::string& text) {
    const auto reply = Ingest(text);
    EXPECT_OK(reply) << text;
    std::vector<int> outcomes;
    if (!reply.ok()) return outcomes;
    for (const auto& result : reply->results()) outcomes.push_back(result.outcome());
    return outcomes;
  }
  std::string Event(const std::string& message, const std::string& more = "") {
    return absl::StrCat("events { source: 'shop' message_id: '", message, "' customer: '",
                        ann_.name(), "' event_name: 'product_viewed' ", more, " } ");
  }

  const v1::Customer ann_ = MustCreate(
      R"(emails { address: "ann@example.com" } external_ids { system: "shop" id: "1" })");
};

TEST_F(IngestEventsTest, AnEventIsStoredCountedAndPublishedOnce) {
  const int64_t before = position();
  const std::string event = Event("m1", R"(item: "cup" quantity_micros: 2000000 store: "web"
      value { currency_code: "EUR" micros: 2500000 } event_time { seconds: 1600000000 })");
  EXPECT_THAT(Outcomes(event + Event("m2") + event), ElementsAre(kRecorded, kRecorded, kDuplicate));
  EXPECT_THAT(Outcomes(event), ElementsAre(kDuplicate));
  EXPECT_EQ(server_.Count("behaviour_event"), 2);
  EXPECT_EQ(server_.Count("behaviour_day"), 2);
  EXPECT_THAT(server_.EventsAfter(before), ElementsAre("behaviour_recorded " + ann_.name(),
                                                       "behaviour_recorded " + ann_.name()));
  EXPECT_THAT(Outcomes(Event("m3", "item: 'jug'")), ElementsAre(kRecorded));
  const auto published = server_.NewestEvent<v1::BehaviourRecorded>();
  EXPECT_EQ(published.customer(), ann_.name());
  EXPECT_EQ(published.message_id(), "m3");
  EXPECT_EQ(published.item(), "jug");
  EXPECT_TRUE(published.has_event_time());
  EXPECT_FALSE(published.has_value());
}

TEST_F(IngestEventsTest, TheSameNumberOfAnotherSourceIsAnotherEvent) {
  std::string of_app = Event("m1");
  of_app.replace(of_app.find("'shop'"), 6, "'app'");
  EXPECT_THAT(Outcomes(Event("m1") + of_app), ElementsAre(kRecorded, kRecorded));
}

TEST_F(IngestEventsTest, CustomersAreFoundByWhatIdentifiesThem) {
  EXPECT_THAT(Outcomes("events { source: 'shop' message_id: '1' event_name: 'seen' "
                       "customer_identifier { email: 'ANN@example.com' } } "
                       "events { source: 'shop' message_id: '2' event_name: 'seen' "
                       "customer_identifier { external_id { system: 'shop' id: '1' } } }"),
              ElementsAre(kRecorded, kRecorded));
  EXPECT_EQ(server_.Count("visitor"), 1);
}

TEST_F(IngestEventsTest, RefusedEventsLeaveNothingAndOthersGoOn) {
  struct Case {
    std::string event;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"source: 'shop' message_id: '1' event_name: 'seen'", "CUSTOMER_MISSING"},
      {"source: 'shop' message_id: '1' event_name: 'seen' customer: 'customers/none'",
       "CUSTOMER_NOT_FOUND"},
      {"source: 'shop' message_id: '1' event_name: 'seen' "
       "customer_identifier { email: 'no@example.com' }",
       "CUSTOMER_UNKNOWN"},
      {"source: 'shop' message_id: '1' event_name: 'seen' "
       "customer_identifier { email: 'nonsense' }",
       "INVALID_EMAIL"},
      {absl::StrCat("source: 'shop' message_id: '1' event_name: 'seen' customer: '", ann_.name(),
                    "' event_time { seconds: 4102444800 }"),
       "EVENT_TIME_OUT_OF_RANGE"},
      {"message_id: '1'", "INVALID_SOURCE"},
  };
  for (const Case& c : cases) {
    ASSERT_OK_AND_ASSIGN(const auto reply, Ingest("events { " + c.event + " } " + Event(c.reason)));
    ASSERT_THAT(reply.results(), SizeIs(2));
    EXPECT_EQ(reply.results(0).outcome(), kRefused);
    EXPECT_THAT(FromProto(reply.results(0).error()), HasReason(c.reason)) << c.event;
    EXPECT_EQ(reply.results(1).outcome(), kRecorded) << c.event;
  }
  EXPECT_EQ(server_.Count("behaviour_event"), static_cast<int64_t>(cases.size()));
}

TEST_F(IngestEventsTest, BatchesAndNamesAreBounded) {
  EXPECT_THAT(Ingest(""), HasReason("INVALID_BATCH_SIZE"));
  v1::IngestEventsRequest many;
  for (int i = 0; i <= 1000; ++i) many.add_events();
  EXPECT_THAT(server_.Call(&Behaviour::IngestEvents, many), HasReason("INVALID_BATCH_SIZE"));
  many.clear_events();
  for (int i = 0; i <= 200; ++i) {
    v1::BehaviourEvent& event = *many.add_events();
    event.set_source("shop");
    event.set_message_id(absl::StrCat(i));
    event.set_customer(ann_.name());
    event.set_event_name(absl::StrCat("name_", i));
  }
  ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Behaviour::IngestEvents, many));
  EXPECT_EQ(reply.results(199).outcome(), kRecorded);
  EXPECT_THAT(FromProto(reply.results(200).error()), HasReason("TOO_MANY_EVENT_NAMES"));
}

TEST_F(IngestEventsTest, StoresSendTheirOwn) {
  const v1::Customer bob = MustCreate("home_store: 'bath'");
  const std::string bath = CustomerServer::Of("bath");
  const std::string event =
      absl::StrCat("source: 'shop' event_name: 'seen' customer: '", bob.name(), "' ");
  ASSERT_OK_AND_ASSIGN(const auto reply, Ingest("events { message_id: '1' store: 'bath' " + event +
                                                    " } events { message_id: '2' " + event +
                                                    " } events { message_id: '3' store: 'york' " +
                                                    event + " }" + Event("4", "store: 'bath'"),
                                                bath));
  EXPECT_EQ(reply.results(0).outcome(), kRecorded);
  EXPECT_THAT(FromProto(reply.results(1).error()), HasReason("STORE_NOT_ALLOWED"));
  EXPECT_THAT(FromProto(reply.results(2).error()), HasReason("STORE_NOT_ALLOWED"));
  EXPECT_THAT(FromProto(reply.results(3).error()), HasReason("CUSTOMER_NOT_FOUND"));
}

TEST_F(IngestEventsTest, AZoneThatEventsWereCountedByStays) {
  EXPECT_THAT(Outcomes(Event("m1")), ElementsAre(kRecorded));
  v1::UpdateCompanySettingsRequest request;
  request.mutable_company_settings()->set_name("companySettings");
  request.mutable_company_settings()->set_time_zone("Europe/Vienna");
  EXPECT_THAT(server_.Call(&CustomerServer::Settings::UpdateCompanySettings, request),
              HasReason("TIME_ZONE_IN_USE"));
}

class EventSegmentsTest : public ::testing::Test {
 protected:
  SegmentWorld world_{"America/New_York"};
};

TEST_F(EventSegmentsTest, MembersMoveWithTheEventAndWithTheDays) {
  const Customer ann = world_.Create({});
  const Customer bob = world_.Create({});
  EXPECT_OK(world_.CreateSegment("lookers", "events(\"product_viewed\", \"3d\").count >= 2"));
  world_.RunTasks();
  EXPECT_THAT(world_.Members("lookers"), ElementsAre());
  world_.Event("1", ann.id, "product_viewed", world_.now());
  world_.Event("2", ann.id, "product_added", world_.now());
  EXPECT_THAT(world_.Members("lookers"), ElementsAre());
  world_.Event("3", ann.id, "product_viewed", world_.now());
  EXPECT_THAT(world_.Members("lookers"), ElementsAre(ann.id)) << "in the event's own change";
  // Today and the two days before are three; on the third midnight they have gone out.
  world_.clock().Advance(absl::Hours(48));
  world_.RunTasks();
  EXPECT_THAT(world_.Members("lookers"), ElementsAre(ann.id));
  world_.clock().Advance(absl::Hours(24));
  world_.RunTasks();
  EXPECT_THAT(world_.Members("lookers"), ElementsAre());
  // Late events count on their own days.
  world_.Event("4", bob.id, "product_viewed", world_.now() - absl::Hours(24 * 2));
  world_.Event("5", bob.id, "product_viewed", world_.now() - absl::Hours(24 * 3));
  EXPECT_THAT(world_.Members("lookers"), ElementsAre());
  world_.Event("6", bob.id, "product_viewed", world_.now());
  EXPECT_THAT(world_.Members("lookers"), ElementsAre(bob.id));
}

TEST_F(EventSegmentsTest, EventsOfWhoIsGoneAreDeletedInStepsAndComeBackToNobody) {
  const Customer ann = world_.Create({});
  for (int i = 0; i < 1200; ++i) {
    world_.Event(absl::StrCat(i), ann.id, "seen", world_.now());
  }
  world_.Delete(ann.id);
  // The next customer may get the key that has become free.
  const Customer bob = world_.Create({});
  EXPECT_OK(world_.CreateSegment("seers", "events(\"seen\", \"3d\").count >= 1"));
  world_.RunTasks();
  EXPECT_THAT(world_.Members("seers"), ElementsAre());
  for (const char* table : {"behaviour_event", "behaviour_day", "visitor"}) {
    int64_t rows = -1;
    world_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto row,
                            db.Sql(absl::StrCat("SELECT COUNT(*) FROM ", table)).First<int64_t>());
      rows = row.value();
      return absl::OkStatus();
    });
    EXPECT_EQ(rows, 0) << table;
  }
  world_.Event("1", bob.id, "seen", world_.now());
  EXPECT_THAT(world_.Members("seers"), ElementsAre(bob.id));
}

TEST_F(EventSegmentsTest, ANameGoesWithTheLastEventThatBearsIt) {
  const Customer ann = world_.Create({});
  const Customer bob = world_.Create({});
  world_.Event("bob", bob.id, "name_0", world_.now());
  // All the names that there may be, by a mistake in one visitor's browser.
  for (int i = 0; i < kMaxEventNames; ++i) {
    world_.Event(absl::StrCat(i), ann.id, absl::StrCat("name_", i), world_.now());
    world_.Event(absl::StrCat("again ", i), ann.id, absl::StrCat("name_", i),
                 world_.now() - absl::Hours(24));
  }
  world_.Delete(ann.id);
  world_.RunTasks();
  std::vector<std::string> names;
  world_.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(
        names, db.Sql("SELECT name || ' ' || event_count FROM behaviour_name").All<std::string>());
    return absl::OkStatus();
  });
  EXPECT_THAT(names, ElementsAre("name_0 1"));
  world_.Event("new", bob.id, "product_viewed", world_.now());
}

}  // namespace
}  // namespace regulars::customer
