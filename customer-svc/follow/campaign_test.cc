// What campaign-svc's messages come to where their events were missed: the same as the events.
#include "customer-svc/follow/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/feed_applier.h"
#include "chassis/feed/feed_service.h"
#include "chassis/rpc/call.h"
#include "chassis/testing/fake_upstream.h"
#include "chassis/testing/feed_events.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/testing/order_server.h"
#include "customer-svc/testing/read_anew.h"
#include "regulars/campaign/v1/events.pb.h"
#include "regulars/campaign/v1/message_service.grpc.pb.h"
#include "regulars/customer/v1/timeline_service.grpc.pb.h"

namespace regulars::customer {
namespace {

namespace cv1 = ::regulars::campaign::v1;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class FollowCampaignTest : public OrderServiceTest {
 protected:
  // A message to Ann that is over.
  cv1::Message& Add(const std::string& id, cv1::Message::State state,
                    cv1::Message::Origin origin = cv1::Message::ORIGIN_CALL) {
    cv1::Message& message = messages_.emplace_back();
    message.set_name(absl::StrCat("messages/", id));
    message.set_customer(ann_.name());
    message.set_origin(origin);
    message.set_state(state);
    message.set_template_version("templates/hello/versions/1");
    message.mutable_finish_time()->set_seconds(1'700'000'000);
    return message;
  }
  void ReadAnew() {
    const FeedHandlers handlers = CampaignHandlers(&campaign_.peer());
    ASSERT_NO_FATAL_FAILURE(
        customer::ReadAnew(*server_.server().store(), "campaign", ++readings_, handlers));
  }

  // "<message> <what>" of the timeline.
  std::vector<std::string> Told() {
    const auto page = server_.Call(&v1::TimelineService::Stub::ListTimelineEvents,
                                   Parse<v1::ListTimelineEventsRequest>(
                                       "kinds: KIND_MESSAGE customer: '" + ann_.name() + "'"));
    EXPECT_OK(page);
    std::vector<std::string> told;
    if (!page.ok()) return told;
    for (const auto& event : page->events()) {
      const auto& entry = event.message();
      told.push_back(absl::StrCat(entry.message(), " ",
                                  v1::TimelineEvent::MessageEntry::What_Name(entry.what())));
    }
    return told;
  }
  EngagementFacts Engagement() {
    EngagementFacts engagement;
    EXPECT_OK(server_.server().store().Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto key, db.Sql("SELECT key FROM customer").First<int64_t>());
      ABSL_ASSIGN_OR_RETURN(engagement, followed::LoadEngagement(db, key.value()));
      return absl::OkStatus();
    }));
    return engagement;
  }

  const v1::Customer ann_ = MakeCustomer("given_name: 'Ann'");
  std::deque<cv1::Message> messages_;  // What was added keeps its place.
  int readings_ = 0;
  ::regulars::testing::FakeUpstream campaign_{
      "campaign", "customer", {}, [this](const rpc::Environment& environment) {
        auto service =
            std::make_unique<rpc::Service>(environment, cv1::MessageService::service_full_name());
        service->Read(
            "ListMessages",
            [this](Snapshot&,
                   const cv1::ListMessagesRequest&) -> absl::StatusOr<cv1::ListMessagesResponse> {
              cv1::ListMessagesResponse reply;
              for (const auto& message : messages_) *reply.add_messages() = message;
              return reply;
            });
        ::regulars::testing::TestServer::Services services;
        services.push_back(std::move(service));
        return services;
      }};
};

TEST_F(FollowCampaignTest, EachStateThatIsFinalIsTold) {
  cv1::Message& sent = Add("m1", cv1::Message::STATE_SENT);
  sent.mutable_open_time()->set_seconds(1'700'000'100);
  sent.mutable_click_time()->set_seconds(1'700'000'200);
  Add("m2", cv1::Message::STATE_BOUNCED);
  Add("m3", cv1::Message::STATE_FAILED);
  Add("m4", cv1::Message::STATE_UNKNOWN);
  Add("m5", cv1::Message::STATE_SKIPPED);
  Add("m6", cv1::Message::STATE_PENDING).clear_finish_time();
  for (int i = 0; i < 2; ++i) {
    ASSERT_NO_FATAL_FAILURE(ReadAnew());
    EXPECT_THAT(Told(), UnorderedElementsAre("messages/m1 WHAT_SENT", "messages/m1 WHAT_OPENED",
                                             "messages/m1 WHAT_CLICKED", "messages/m2 WHAT_BOUNCED",
                                             "messages/m3 WHAT_FAILED", "messages/m4 WHAT_FAILED"));
    EXPECT_EQ(Engagement().sends, 1);
    EXPECT_EQ(Engagement().opens, 1);
  }
}

TEST_F(FollowCampaignTest, AMessageOfUnknownOutcomeIsToldAsByItsEvent) {
  cv1::MessageFailed failed;
  failed.mutable_message()->set_message("messages/m1");
  failed.mutable_message()->set_customer(ann_.name());
  failed.mutable_message()->mutable_time()->set_seconds(1'700'000'000);
  failed.set_reason("OUTCOME_UNKNOWN");
  EXPECT_OK(server_.server().store().Write([&](Transaction& tx) {
    return ::regulars::testing::Feed(tx, CampaignHandlers(nullptr), ann_.name(), failed);
  }));
  Add("m1", cv1::Message::STATE_UNKNOWN);
  ASSERT_NO_FATAL_FAILURE(ReadAnew());
  EXPECT_THAT(Told(), UnorderedElementsAre("messages/m1 WHAT_FAILED"));
}

TEST_F(FollowCampaignTest, AnUnsubscribingWaitsBehindNothing) {
  cv1::MessageFacts facts;
  facts.set_message("messages/m1");
  facts.set_customer(ann_.name());
  facts.mutable_time()->set_seconds(1'700'000'000);
  cv1::MessageSent sent;
  *sent.mutable_message() = facts;
  cv1::Unsubscribed unsubscribed;
  *unsubscribed.mutable_message() = facts;
  campaign_.Publish(ann_.name(), sent, "", {.hops = rpc::kMaxHops});
  campaign_.Publish(ann_.name(), unsubscribed);

  const FeedHandlers handlers = CampaignHandlers(nullptr);
  FeedApplier applier(*server_.server().store(), {.service = "customer", .upstream = "campaign"},
                      handlers);
  ASSERT_OK(applier.Open());
  std::vector<feed::v1::SubscribeResponse> batches;
  EXPECT_OK(campaign_.server().store().Read([&](Snapshot& db) {
    std::string cursor;
    return ReadFeed(db, "/regulars/campaign", applier.Request(), cursor, batches).status();
  }));
  ASSERT_EQ(batches.size(), 1u);
  ASSERT_OK(applier.Apply(applier.Decode(std::move(batches.front()))));
  EXPECT_EQ(applier.stats()->parked, 1);
  EXPECT_THAT(Told(), UnorderedElementsAre("messages/m1 WHAT_UNSUBSCRIBED"));
}

TEST_F(FollowCampaignTest, ATestMailIsNoMessageToACustomer) {
  cv1::Message& test = Add("t1", cv1::Message::STATE_SENT, cv1::Message::ORIGIN_TEST);
  test.mutable_open_time()->set_seconds(1'700'000'100);
  Add("t2", cv1::Message::STATE_BOUNCED, cv1::Message::ORIGIN_TEST);
  ASSERT_NO_FATAL_FAILURE(ReadAnew());
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_EQ(Engagement(), EngagementFacts());
  // Whoever unsubscribes by one means it.
  test.mutable_unsubscribe_time()->set_seconds(1'700'000'200);
  ASSERT_NO_FATAL_FAILURE(ReadAnew());
  EXPECT_THAT(Told(), UnorderedElementsAre("messages/t1 WHAT_UNSUBSCRIBED"));
}

}  // namespace
}  // namespace regulars::customer
