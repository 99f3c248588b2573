#include "campaign-svc/follow/customer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "campaign-svc/domain/suppression.h"
#include "campaign-svc/follow/rebuild.h"
#include "campaign-svc/store/suppressions.h"
#include "campaign-svc/testing/campaign_server.h"
#include "chassis/testing/feed_events.h"

namespace regulars::campaign {
namespace {

class FollowCustomerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.SetUpSender();
    server_.customers().AddMembers("best", 3);
    ASSERT_OK(server_.MakeTemplate("hello", kHello));
  }

  absl::Status Feed(const std::string& customer, const google::protobuf::Message& payload,
                    absl::Time time = absl::Time()) {
    const FeedHandlers handlers = CustomerHandlers(server_.context());
    return server_.Write([&](Transaction& tx) {
      return testing::Feed(tx, handlers, absl::StrCat("customers/", customer), payload,
                           {.time = time});
    });
  }

  absl::Status Enter(const std::string& customer, const std::string& segment,
                     absl::Time time = absl::Time()) {
    customer::v1::SegmentEntered entered;
    entered.set_customer(absl::StrCat("customers/", customer));
    entered.set_segment(absl::StrCat("segments/", segment));
    return Feed(customer, entered, time);
  }

  template <typename Request>
  void Act(const std::string& id,
           grpc::Status (CampaignServer::Campaigns::*method)(grpc::ClientContext*, const Request&,
                                                             v1::Campaign*)) {
    Request request;
    request.set_name(absl::StrCat("campaigns/", id));
    ASSERT_OK(server_.Call(method, request));
  }

  void StartEntry(const std::string& id, const std::string& segment) {
    ASSERT_OK(server_.MakeCampaign(
        id,
        absl::StrCat("template: 'templates/hello' entry { segment: 'segments/", segment, "' }")));
    Act(id, &CampaignServer::Campaigns::StartCampaign);
  }

  CampaignServer server_;
};

TEST_F(FollowCustomerTest, WhoEntersGetsItOnceEver) {
  server_.customers().AddMembers("other", 0);
  StartEntry("c", "best");
  StartEntry("d", "other");
  ASSERT_OK(Enter("c000001", "best"));
  ASSERT_OK(Enter("c000002", "best"));
  ASSERT_OK(Enter("c000003", "nosuch"));
  // Events twice, and a customer who left and entered again.
  ASSERT_OK(Enter("c000001", "best"));
  ASSERT_OK(Enter("c000001", "best"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().counts().sent() == 2; }));
  EXPECT_EQ(server_.Get().counts().recipients(), 2);
  EXPECT_EQ(server_.Get("campaigns/d").counts().recipients(), 0);
  EXPECT_EQ(server_.Get().state(), v1::Campaign::STATE_RUNNING);
  EXPECT_EQ(server_.sink().count(), 2);
}

TEST_F(FollowCustomerTest, WhoEntersDuringAPauseGetsItAfterwards) {
  StartEntry("c", "best");
  Act("c", &CampaignServer::Campaigns::PauseCampaign);
  ASSERT_OK(Enter("c000001", "best"));
  EXPECT_EQ(server_.Get().counts().recipients(), 1);
  EXPECT_EQ(server_.sink().count(), 0);
  Act("c", &CampaignServer::Campaigns::ResumeCampaign);
  ASSERT_TRUE(server_.WaitFor([&] { return server_.sink().count() == 1; }));
  Act("c", &CampaignServer::Campaigns::CancelCampaign);
  ASSERT_OK(Enter("c000002", "best"));
  EXPECT_EQ(server_.Get().counts().recipients(), 1);
}

TEST_F(FollowCustomerTest, WhoEnteredBeforeTheCampaignBeganGetsNothing) {
  StartEntry("c", "best");
  const absl::Time now = server_.server().clock().Now();
  ASSERT_OK(Enter("c000001", "best", now - absl::Hours(1)));
  EXPECT_EQ(server_.Get().counts().recipients(), 0);
  ASSERT_OK(Enter("c000001", "best", now + absl::Minutes(1)));
  EXPECT_EQ(server_.Get().counts().recipients(), 1);
}

TEST_F(FollowCustomerTest, ASegmentThatIsNotThereIsNotWatched) {
  const auto gone = [&] {
    const v1::Campaign campaign = server_.Get();
    return campaign.state() == v1::Campaign::STATE_PAUSED &&
           GetErrorDetails(FromProto(campaign.error())).reason == "SEGMENT_NOT_FOUND";
  };
  StartEntry("c", "nothere");
  ASSERT_TRUE(server_.WaitFor(gone));
  Act("c", &CampaignServer::Campaigns::ResumeCampaign);
  ASSERT_TRUE(server_.WaitFor(gone));
  server_.customers().AddMembers("nothere", 1);
  Act("c", &CampaignServer::Campaigns::ResumeCampaign);
  ASSERT_TRUE(server_.WaitFor([&] {
    return server_.Count("task WHERE kind = 'campaign_watch' AND state = 'SUCCEEDED'") == 1;
  }));
  EXPECT_EQ(server_.Get().state(), v1::Campaign::STATE_RUNNING);
  EXPECT_FALSE(server_.Get().has_error());
}

TEST_F(FollowCustomerTest, ASegmentThatIsDeletedPausesWhatWatchesIt) {
  server_.customers().AddMembers("other", 0);
  StartEntry("c", "best");
  StartEntry("d", "other");
  ASSERT_TRUE(server_.WaitFor([&] {
    return server_.Count("task WHERE kind = 'campaign_watch' AND state = 'SUCCEEDED'") == 2;
  }));
  customer::v1::SegmentDeleted deleted;
  deleted.set_segment("segments/best");
  const absl::Time now = server_.server().clock().Now();
  // Before the campaign began: that was another one of its name.
  ASSERT_OK(Feed("c000001", deleted, now - absl::Hours(1)));
  EXPECT_EQ(server_.Get().state(), v1::Campaign::STATE_RUNNING);
  // It may come again.
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK(Feed("c000001", deleted, now + absl::Minutes(1)));
    EXPECT_EQ(server_.Get().state(), v1::Campaign::STATE_PAUSED);
    EXPECT_THAT(FromProto(server_.Get().error()), testing::HasReason("SEGMENT_NOT_FOUND"));
  }
  EXPECT_EQ(server_.Get("campaigns/d").state(), v1::Campaign::STATE_RUNNING);
  EXPECT_EQ(server_.Count("feed WHERE type = 'regulars.campaign.campaign_state_changed.v1' AND "
                          "subject = 'campaigns/c'"),
            2);
}

// A rebuild stands for events that are gone.
TEST_F(FollowCustomerTest, ARebuildFindsSegmentsThatAreGone) {
  server_.customers().AddMembers("other", 0);
  StartEntry("c", "other");
  ASSERT_TRUE(server_.WaitFor([&] {
    return server_.Count("task WHERE kind = 'campaign_watch' AND state = 'SUCCEEDED'") == 1;
  }));
  server_.customers().TakeSegment("other");
  const RebuildPlan<RebuildItem> plan = RebuildFromCustomer(server_.context());
  const auto page = plan.fetch(Origin(), "");
  ASSERT_OK(page);
  ASSERT_EQ(page->items.size(), 1);
  ASSERT_OK(server_.Write([&](Transaction& tx) { return plan.apply(tx, page->items.front(), 1); }));
  EXPECT_EQ(server_.Get().state(), v1::Campaign::STATE_PAUSED);
  EXPECT_THAT(FromProto(server_.Get().error()), testing::HasReason("SEGMENT_NOT_FOUND"));
}

TEST_F(FollowCustomerTest, ARebuildFindsThoseWhoEnteredUnheard) {
  StartEntry("c", "best");
  const RebuildPlan<RebuildItem> plan = RebuildFromCustomer(server_.context());
  const auto page = plan.fetch(Origin(), "");
  ASSERT_OK(page);
  EXPECT_EQ(page->items.size(), 3);
  // Consents of those who unsubscribed come then: nobody did. The erasures come last.
  const auto consents = plan.fetch(Origin(), page->next);
  ASSERT_OK(consents);
  EXPECT_EQ(consents->items.size(), 0);
  const auto last = plan.fetch(Origin(), consents->next);
  ASSERT_OK(last);
  EXPECT_EQ(last->items.size(), 1);
  EXPECT_EQ(last->next, "");
  const absl::Time now = server_.server().clock().Now();
  ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
    // Before the campaign's start, and since; twice.
    ABSL_RETURN_IF_ERROR(plan.apply(tx, Entered{"best", "c000001", now - absl::Hours(1)}, 1));
    ABSL_RETURN_IF_ERROR(plan.apply(tx, Entered{"best", "c000002", now + absl::Hours(1)}, 1));
    return plan.apply(tx, Entered{"best", "c000002", now + absl::Hours(1)}, 1);
  }));
  EXPECT_EQ(server_.Get().counts().recipients(), 1);
  ASSERT_OK(server_.Write([&](Transaction& tx) { return plan.apply(tx, last->items.front(), 1); }));
  EXPECT_TRUE(server_.WaitFor([&] {
    return server_.Count("feed WHERE type = 'regulars.campaign.erasure_confirmed.v1'") == 1;
  }));
}

// The event of a consent may be gone.
TEST_F(FollowCustomerTest, ARebuildFindsWhoAgreedAgain) {
  const absl::Time now = server_.server().clock().Now();
  const auto unsubscribe = [&](const std::string& customer) {
    ASSERT_OK(server_.Write([&](Transaction& tx) {
      return suppressions::Add(tx, {.id = tx.NewId(),
                                    .cause = SuppressionCause::kUnsubscribe,
                                    .topic = "newsletter",
                                    .customer = customer,
                                    .create_time = now})
          .status();
    }));
  };
  for (int i = 0; i < 120; ++i) unsubscribe(absl::StrFormat("x%03d", i));
  using customer::v1::Consent;
  server_.customers().Consents("x000", "newsletter", Consent::STATE_GRANTED, now + absl::Hours(1));
  server_.customers().Consents("x001", "newsletter", Consent::STATE_GRANTED, now - absl::Hours(1));
  server_.customers().Consents("x002", "newsletter", Consent::STATE_WITHDRAWN,
                               now + absl::Hours(1));
  server_.customers().Consents("x003", "offers", Consent::STATE_GRANTED, now + absl::Hours(1));
  // By a clock that is fast: customer-svc knew of it before.
  server_.customers().Consents("x004", "newsletter", Consent::STATE_GRANTED, now + absl::Hours(1),
                               now - absl::Hours(1));
  server_.customers().Consents("x119", "", Consent::STATE_GRANTED, now + absl::Hours(1));
  const RebuildPlan<RebuildItem> plan = RebuildFromCustomer(server_.context());
  std::string cursor;
  do {
    const auto page = plan.fetch(Origin(), cursor);
    ASSERT_OK(page);
    for (const RebuildItem& item : page->items) {
      ASSERT_OK(server_.Write([&](Transaction& tx) { return plan.apply(tx, item, 1); }));
    }
    cursor = page->next;
  } while (!cursor.empty());
  EXPECT_EQ(server_.Count("suppression"), 118);
  EXPECT_EQ(server_.Count("suppression WHERE customer IN ('x000', 'x119')"), 0);
  // customer-svc goes by a consent that is older than what was said here: it is told again.
  EXPECT_EQ(server_.Count("feed WHERE type = 'regulars.campaign.unsubscribed.v1' AND subject IN "
                          "('customers/x001', 'customers/x004')"),
            2);
  EXPECT_EQ(server_.Count("feed WHERE type = 'regulars.campaign.unsubscribed.v1'"), 2);
}

// A rebuild brings everybody who was ever erased: replies are gone through once for all of them.
TEST_F(FollowCustomerTest, ManyErasuresAreOneTask) {
  const auto customer = [](int number) {
    return absl::StrFormat("customers/06g1x7k3vq8s5e0h4m2n%06d", number);
  };
  v1::SendMessageRequest send;
  send.set_template_("templates/hello");
  send.set_customer(customer(3));
  send.set_request_id("a-repeat");
  ASSERT_OK(server_.Call(&CampaignServer::Messages::SendMessage, send));
  const int64_t before = server_.Count("task WHERE kind = 'erasure'");
  const RebuildPlan<RebuildItem> plan = RebuildFromCustomer(server_.context());
  ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
    for (int i = 1; i <= 1200; ++i) {
      ABSL_RETURN_IF_ERROR(plan.apply(tx, Erased{absl::StrCat("erasures/e", i), customer(i)}, 1));
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(server_.Count("task WHERE kind = 'erasure'"), before + 1);
  EXPECT_TRUE(server_.WaitFor([&] { return server_.Count("pending_erasure") == 0; }));
  EXPECT_EQ(server_.Count("feed WHERE type = 'regulars.campaign.erasure_confirmed.v1'"), 1200);
  EXPECT_THAT(server_.Call(&CampaignServer::Messages::SendMessage, send),
              testing::HasReason("REPLY_ERASED"));
}

TEST_F(FollowCustomerTest, DeletedCustomersAreNotWrittenTo) {
  StartEntry("c", "best");
  Act("c", &CampaignServer::Campaigns::PauseCampaign);
  ASSERT_OK(Enter("c000001", "best"));
  customer::v1::CustomerDeleted deleted;
  deleted.set_customer("customers/c000001");
  ASSERT_OK(Feed("c000001", deleted));
  EXPECT_EQ(server_.Get().counts().skipped(), 1);
  EXPECT_EQ(server_.MessagesOf("campaigns/c").at(0).reason(), "CUSTOMER_GONE");
  EXPECT_EQ(server_.MessagesOf("campaigns/c").at(0).customer(), "");
}

// A shop that does not know yet; a page of a segment that was read before.
TEST_F(FollowCustomerTest, WhoWasErasedDoesNotComeBackByAMessage) {
  v1::SendMessageRequest send;
  send.set_template_("templates/hello");
  send.set_customer(absl::StrCat("customers/", kMadeCustomer));
  send.set_key("order/17");
  const auto sent = server_.Call(&CampaignServer::Messages::SendMessage, send);
  ASSERT_OK(sent);
  ASSERT_TRUE(server_.WaitForState(sent->name(), v1::Message::STATE_SKIPPED));
  EXPECT_EQ(server_.GetMessage(sent->name()).reason(), "CUSTOMER_GONE");
  EXPECT_EQ(server_.Count("message WHERE customer <> '' OR sender_key <> '' OR variables <> ''"),
            0);
}

TEST_F(FollowCustomerTest, ATestMessageUnderWayForgetsItsAddress) {
  v1::SendTestMessageRequest test;
  test.set_template_("templates/hello");
  // The mail server takes its time.
  test.set_address("hang@shop.example");
  test.set_customer("customers/c000001");
  const auto sent = server_.Call(&CampaignServer::Templates::SendTestMessage, test);
  ASSERT_OK(sent);
  ASSERT_TRUE(server_.WaitForState(sent->name(), v1::Message::STATE_SENDING));
  customer::v1::ErasureRequested erasure;
  erasure.set_erasure("erasures/e1");
  erasure.set_customer("customers/c000001");
  ASSERT_OK(Feed("c000001", erasure));
  // Once it is confirmed, no file holds the address.
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Count("pending_erasure") == 0; }));
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(server_.server().store().path() + suffix, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_FALSE(absl::StrContains(bytes, "hang@shop.example")) << suffix;
  }
  ASSERT_TRUE(server_.WaitFor([&] { return server_.GetMessage(sent->name()).attempts() == 1; }));
  EXPECT_EQ(server_.Count("message WHERE customer <> '' OR address <> ''"), 0);
}

TEST_F(FollowCustomerTest, ConsentGivenAgainLiftsAnUnsubscribing) {
  const auto add = [&](const std::string& topic, SuppressionCause cause) {
    ASSERT_OK(server_.Write([&](Transaction& tx) {
      return tx
          .Sql(
              "INSERT INTO suppression (id, cause, channel, topic, customer, address_hash, "
              "create_time) VALUES (?, ?, 1, ?, 'c000001', '', ?)",
              tx.NewId(), static_cast<int64_t>(cause), topic, tx.now())
          .Run();
    }));
  };
  add("newsletter", SuppressionCause::kUnsubscribe);
  add("offers", SuppressionCause::kUnsubscribe);
  add("events", SuppressionCause::kManual);
  const int64_t now = absl::ToUnixSeconds(server_.server().clock().Now());
  const struct {
    const char* topic;
    const char* channel;
    customer::v1::Consent::State state;
    int64_t time;
    int64_t left;
  } rows[] = {
      // Said before the unsubscribing; on another channel; withdrawn: nothing changes.
      {"newsletter", "email", customer::v1::Consent::STATE_GRANTED, now - 10, 3},
      {"newsletter", "sms", customer::v1::Consent::STATE_GRANTED, now + 10, 3},
      {"newsletter", "email", customer::v1::Consent::STATE_WITHDRAWN, now + 10, 3},
      {"newsletter", "email", customer::v1::Consent::STATE_GRANTED, now + 10, 2},
      // The whole channel; what somebody here decided stays.
      {"", "email", customer::v1::Consent::STATE_GRANTED, now + 20, 1},
  };
  for (const auto& row : rows) {
    customer::v1::ConsentChanged changed;
    changed.set_customer("customers/c000001");
    changed.set_channel(row.channel);
    changed.set_topic(row.topic);
    changed.set_state(row.state);
    changed.mutable_change_time()->set_seconds(row.time);
    ASSERT_OK(Feed("c000001", changed));
    EXPECT_EQ(server_.Count("suppression"), row.left) << row.topic << row.channel;
  }
}

TEST_F(FollowCustomerTest, AnErasureLeavesNoTraceInTheTables) {
  StartEntry("c", "best");
  server_.customers().AddMember("best", kMadeCustomer);
  ASSERT_OK(Enter(kMadeCustomer, "best"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().counts().sent() == 1; }));
  Act("c", &CampaignServer::Campaigns::PauseCampaign);
  v1::SendMessageRequest send;
  send.set_template_("templates/hello");
  send.set_customer(absl::StrCat("customers/", kOtherCustomer));
  send.set_key(absl::StrCat("for ", kOtherCustomer));
  send.set_request_id("a-repeat");
  ASSERT_OK(server_.Call(&CampaignServer::Messages::SendMessage, send));
  v1::CreateSuppressionRequest suppress;
  suppress.mutable_suppression()->set_customer(absl::StrCat("customers/", kMadeCustomer));
  ASSERT_OK(server_.Call(&CampaignServer::Messages::CreateSuppression, suppress));
  for (const char* id : {kMadeCustomer, kOtherCustomer}) {
    customer::v1::ErasureRequested erasure;
    erasure.set_erasure("erasures/e1");
    erasure.set_customer(absl::StrCat("customers/", id));
    // It may come again.
    ASSERT_OK(Feed(id, erasure));
    ASSERT_OK(Feed(id, erasure));
  }
  EXPECT_EQ(server_.Count("message WHERE customer <> '' OR address <> '' OR variables <> '' OR "
                          "sender_key <> ''"),
            0);
  EXPECT_EQ(server_.Count("suppression"), 0);
  // Confirmed once the replies that are kept for repeats are gone through.
  EXPECT_TRUE(server_.WaitFor([&] {
    return server_.Count("pending_erasure") == 0 &&
           server_.Count(
               "(SELECT DISTINCT payload FROM feed WHERE type = "
               "'regulars.campaign.erasure_confirmed.v1')") == 2;
  }));
  EXPECT_THAT(server_.Call(&CampaignServer::Messages::SendMessage, send),
              testing::HasReason("REPLY_ERASED"));
  // What was sent stays counted.
  EXPECT_EQ(server_.Get().counts().sent(), 1);
}

}  // namespace
}  // namespace regulars::campaign
