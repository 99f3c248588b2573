// Campaigns and single messages from the call to the mail server and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "campaign-svc/testing/sending_fixture.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using ::testing::HasSubstr;
using ::testing::Not;

using SendingTest = SendingFixture;

TEST_F(SendingTest, EveryMemberGetsItOnce) {
  server_.customers().AddMembers("best", 600);  // More than two pages.
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(WaitFinished());
  const v1::Campaign campaign = server_.Get();
  EXPECT_EQ(campaign.counts().recipients(), 600);
  EXPECT_EQ(campaign.counts().sent(), 600);
  EXPECT_EQ(campaign.counts().pending(), 0);
  EXPECT_TRUE(campaign.audience_complete());
  EXPECT_EQ(campaign.template_version(), "templates/hello/versions/1");
  std::set<std::string> recipients;
  for (const auto& mail : server_.sink().mails()) recipients.insert(mail.to);
  EXPECT_EQ(recipients.size(), 600);
  EXPECT_EQ(server_.sink().count(), 600);
  // Connections are kept: as many as threads, and one more for each hundred mails.
  EXPECT_LE(server_.sink().connections(), 8 + 6 + 2);
  EXPECT_EQ(server_.Count("feed WHERE type = 'regulars.campaign.message_sent.v1'"), 600);
}

TEST_F(SendingTest, WhatAMailHolds) {
  server_.customers().AddMembers("best", 1);
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(WaitFinished());
  const std::string wire = server_.sink().mails().at(0).wire;
  EXPECT_THAT(wire, HasSubstr("From: \"The Shop\"\r\n <news@shop.example>"));
  EXPECT_THAT(wire, HasSubstr("Subject: Hello Name c000001"));
  EXPECT_THAT(wire, HasSubstr("List-Unsubscribe: <https://crm.shop.example/api/campaign/v1/u/"));
  EXPECT_THAT(wire, HasSubstr("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
  const std::string body = absl::StrReplaceAll(wire, {{"=\r\n", ""}, {"=3D", "="}});
  EXPECT_THAT(body, HasSubstr("<a href=\"https://crm.shop.example/api/campaign/v1/c/"));
  EXPECT_THAT(body, HasSubstr("<img src=\"https://crm.shop.example/api/campaign/v1/o/"));
  EXPECT_THAT(body, HasSubstr("Unsubscribe: https://crm.shop.example/api/campaign/v1/u/"));
}

// One answer after the other, each recipient by itself (a 554 for one must not stop the others).
TEST_F(SendingTest, EachRecipientHasItsOwnFate) {
  const std::map<std::string, std::pair<std::string, v1::Message::State>> rows = {
      // It need not be the address that this is about.
      {"r550", {"SMTP_REJECTED", v1::Message::STATE_FAILED}},
      {"r550-5.1.1", {"ADDRESS_REJECTED", v1::Message::STATE_BOUNCED}},
      {"r550-5.7.1", {"SMTP_REJECTED", v1::Message::STATE_FAILED}},
      {"r554", {"SMTP_REJECTED", v1::Message::STATE_FAILED}},
      {"r450", {"SMTP_TEMPORARY", v1::Message::STATE_PENDING}},
      {"r421", {"SMTP_TEMPORARY", v1::Message::STATE_PENDING}},
      {"d451", {"SMTP_TEMPORARY", v1::Message::STATE_PENDING}},
      {"d554", {"SMTP_REJECTED", v1::Message::STATE_FAILED}},
      {"cut", {"SMTP_TEMPORARY", v1::Message::STATE_PENDING}},
      {"drop", {"", v1::Message::STATE_UNKNOWN}},
      {"hang", {"", v1::Message::STATE_UNKNOWN}},
  };
  server_.customers().AddMembers("best", 20);
  int i = 0;
  std::map<std::string, std::string> local_of;
  for (const auto& [local, fate] : rows) {
    const std::string id = absl::StrFormat("c%06d", ++i);
    server_.customers().Put(id, absl::StrCat(local, "@x.example"));
    local_of[absl::StrCat("customers/", id)] = local;
  }
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor([&] {
    return server_.Get().audience_complete() &&
           server_.Count("message WHERE attempts = 0 OR state IN (2, 3)") == 0;
  }));
  for (const v1::Message& message : server_.MessagesOf("campaigns/c")) {
    const auto local = local_of.find(message.customer());
    if (local == local_of.end()) {
      EXPECT_EQ(message.state(), v1::Message::STATE_SENT) << message.customer();
      continue;
    }
    EXPECT_EQ(message.reason(), rows.at(local->second).first) << local->second;
    EXPECT_EQ(message.state(), rows.at(local->second).second) << local->second;
  }
  EXPECT_EQ(server_.sink().count(), 9);
  const v1::CampaignCounts counts = server_.Get().counts();
  EXPECT_EQ(counts.bounced(), 1);
  EXPECT_EQ(counts.failed(), 4);
  EXPECT_EQ(counts.unknown(), 2);
  EXPECT_EQ(counts.pending(), 4);
  EXPECT_EQ(server_.Get().state(), v1::Campaign::STATE_RUNNING);
  // The bounced are suppressed, whatever sends next.
  EXPECT_EQ(server_.Count("suppression WHERE cause = 1"), 1);
  // What is tried again is tried 12 times, then given up; then the campaign is through.
  for (int attempt = 1; attempt < 12; ++attempt) {
    server_.Advance(absl::Hours(5));
    ASSERT_TRUE(server_.WaitFor([&] {
      return server_.Count(absl::StrCat("message WHERE state < 4 AND attempts <= ", attempt)) == 0;
    })) << attempt;
  }
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.Get().counts().failed(), 8);
  EXPECT_EQ(server_.sink().count(), 9);
}

// One whom the mail server cannot carry is no bounce, and stands in nobody else's way.
TEST_F(SendingTest, AddressesThatTheMailServerCannotCarry) {
  server_.sink().OfferUtf8(false);
  server_.customers().AddMembers("best", 3);
  server_.customers().Put("c000002", "\u00fc@x.example");
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.sink().count(), 2);
  for (const v1::Message& message : server_.MessagesOf("campaigns/c")) {
    const bool carried = message.customer() != "customers/c000002";
    EXPECT_EQ(message.state(), carried ? v1::Message::STATE_SENT : v1::Message::STATE_FAILED);
    EXPECT_EQ(message.reason(), carried ? "" : "ADDRESS_UNSUPPORTED");
  }
  EXPECT_EQ(server_.Count("suppression"), 0);
}

TEST_F(SendingTest, WhoMayNotBeWrittenToIsSkipped) {
  server_.customers().AddMembers("best", 8);
  server_.customers().Refuse("c000007", customer::v1::CONTACT_VERDICT_WITHDRAWN);
  server_.customers().Refuse("c000008", customer::v1::CONTACT_VERDICT_PENDING);
  server_.customers().Refuse("c000001", customer::v1::CONTACT_VERDICT_NO_CONSENT);
  server_.customers().Refuse("c000002", customer::v1::CONTACT_VERDICT_CUSTOMER_UNKNOWN);
  server_.customers().Refuse("c000003", customer::v1::CONTACT_VERDICT_NO_ADDRESS);
  server_.customers().Put("c000004", "no address");
  v1::CreateSuppressionRequest suppress;
  suppress.mutable_suppression()->set_address("C000005@X.example");
  ASSERT_OK(server_.Call(&CampaignServer::Messages::CreateSuppression, suppress));
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(WaitFinished());
  std::map<std::string, std::string> reasons;
  for (const v1::Message& message : server_.MessagesOf("campaigns/c")) {
    reasons[message.customer()] = message.reason();
  }
  // Who is gone is not named.
  EXPECT_EQ(reasons,
            (std::map<std::string, std::string>{{"customers/c000001", "NO_CONSENT"},
                                                {"", "CUSTOMER_GONE"},
                                                {"customers/c000003", "NO_ADDRESS"},
                                                {"customers/c000004", "NO_ADDRESS"},
                                                {"customers/c000005", "SUPPRESSED"},
                                                {"customers/c000006", ""},
                                                {"customers/c000007", "UNSUBSCRIBED"},
                                                {"customers/c000008", "CONSENT_PENDING"}}));
  EXPECT_EQ(server_.Get().counts().skipped(), 7);
  EXPECT_EQ(server_.sink().count(), 1);
  v1::ListMessagesRequest list;
  list.set_campaign("campaigns/c");
  list.set_state(v1::Message::STATE_SENT);
  const auto sent = server_.Call(&CampaignServer::Messages::ListMessages, list);
  ASSERT_OK(sent);
  ASSERT_EQ(sent->messages_size(), 1);
  EXPECT_EQ(sent->messages(0).customer(), "customers/c000006");
  list.set_state(static_cast<v1::Message::State>(77));
  EXPECT_THAT(server_.Call(&CampaignServer::Messages::ListMessages, list),
              HasReason("INVALID_STATE"));
  suppress.mutable_suppression()->set_channel(static_cast<v1::Channel>(7));
  EXPECT_THAT(server_.Call(&CampaignServer::Messages::CreateSuppression, suppress),
              HasReason("INVALID_CHANNEL"));
}

TEST_F(SendingTest, PausedCampaignsSendNothingAndGoOnWhereTheyWere) {
  server_.sink().Greet("421 not now");
  server_.customers().AddMembers("best", 40);
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().audience_complete(); }));
  ASSERT_OK(Act(&CampaignServer::Campaigns::PauseCampaign));
  ASSERT_TRUE(WaitNothingUnderWay());
  server_.sink().Greet("");
  server_.Advance(absl::Hours(1));
  ASSERT_OK(Send(kMadeCustomer));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.sink().count() == 1; }));
  EXPECT_EQ(server_.Get().counts().sent(), 0);
  EXPECT_EQ(server_.Get().counts().pending(), 40);
  ASSERT_OK(Act(&CampaignServer::Campaigns::ResumeCampaign));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.sink().count(), 41);
  EXPECT_THAT(Act(&CampaignServer::Campaigns::PauseCampaign), HasReason("CAMPAIGN_STATE"));
}

TEST_F(SendingTest, CancelledCampaignsLetGoOfWhoWaits) {
  server_.sink().Greet("421 not now");
  server_.customers().AddMembers("best", 300);
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().counts().recipients() > 0; }));
  ASSERT_OK(Act(&CampaignServer::Campaigns::CancelCampaign));
  ASSERT_TRUE(WaitNothingUnderWay());
  server_.sink().Greet("");
  server_.Advance(absl::Hours(1));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().counts().pending() == 0; }));
  EXPECT_EQ(server_.Get().counts().skipped(), server_.Get().counts().recipients());
  EXPECT_EQ(server_.Get().state(), v1::Campaign::STATE_CANCELLED);
  EXPECT_EQ(server_.sink().count(), 0);
}

TEST_F(SendingTest, ASegmentThatIsGonePausesTheCampaign) {
  ASSERT_OK(server_.Start("hello", "nosuch"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().state() == v1::Campaign::STATE_PAUSED; }));
  EXPECT_EQ(server_.Get().error().code(), 5);
  server_.customers().AddMembers("nosuch", 2);
  ASSERT_OK(Act(&CampaignServer::Campaigns::ResumeCampaign));
  ASSERT_TRUE(WaitFinished());
  EXPECT_FALSE(server_.Get().has_error());
}

TEST_F(SendingTest, ScheduledCampaignsStartAtTheirTime) {
  server_.customers().AddMembers("best", 2);
  const absl::Time at = server_.server().clock().Now() + absl::Hours(2);
  ASSERT_OK(server_.MakeCampaign(
      "c", absl::StrCat("template: 'templates/hello' audience { segment: 'segments/best' "
                        "start_time { seconds: ",
                        absl::ToUnixSeconds(at), " } }")));
  const auto started = Act(&CampaignServer::Campaigns::StartCampaign);
  ASSERT_OK(started);
  EXPECT_EQ(started->state(), v1::Campaign::STATE_SCHEDULED);
  EXPECT_EQ(server_.sink().count(), 0);
  server_.Advance(absl::Hours(2));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.sink().count(), 2);
}

TEST_F(SendingTest, SingleMessagesAndTheirKeys) {
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  const auto first = Send(kMadeCustomer, "order/17");
  ASSERT_OK(first);
  EXPECT_EQ(first->state(), v1::Message::STATE_PENDING);
  const auto again = Send(kMadeCustomer, "order/17");
  ASSERT_OK(again);
  EXPECT_EQ(again->name(), first->name());
  EXPECT_THAT(Send(kOtherCustomer, "order/17"), HasReason("KEY_REUSED"));
  ASSERT_TRUE(server_.WaitForState(first->name(), v1::Message::STATE_SENT));
  EXPECT_EQ(server_.sink().count(), 1);
  const std::string wire = server_.sink().mails().at(0).wire;
  EXPECT_THAT(wire, HasSubstr("Subject: Order 17"));
  // Nobody unsubscribes from an answer.
  EXPECT_THAT(wire, Not(HasSubstr("Unsubscribe")));
  // What was filled in is forgotten once it is out.
  EXPECT_EQ(server_.Count("message WHERE variables <> ''"), 0);
  EXPECT_THAT(Send(kMadeCustomer, "", ""), HasReason("VARIABLE_MISSING"));
}

// A mail server that takes the mail and never says so would have it come with each attempt.
TEST_F(SendingTest, SingleMessagesInDoubtComeTwiceAtMost) {
  server_.customers().Put(kMadeCustomer, "hang@x.example");
  const auto sent = Send(kMadeCustomer);
  ASSERT_OK(sent);
  ASSERT_TRUE(server_.WaitFor([&] { return server_.GetMessage(sent->name()).attempts() == 1; }));
  EXPECT_EQ(server_.GetMessage(sent->name()).state(), v1::Message::STATE_PENDING);
  server_.Advance(absl::Minutes(2));
  ASSERT_TRUE(server_.WaitForState(sent->name(), v1::Message::STATE_UNKNOWN));
  EXPECT_EQ(server_.GetMessage(sent->name()).attempts(), 2);
}

TEST_F(SendingTest, HeadersCannotBeInjected) {
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  ASSERT_OK(Send(kMadeCustomer, "", "17\r\nBcc: eve@evil.example"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.sink().count() == 1; }));
  const std::string wire = server_.sink().mails().at(0).wire;
  EXPECT_THAT(wire.substr(0, wire.find("\r\n\r\n")), Not(HasSubstr("\nBcc")));
  EXPECT_THAT(wire, HasSubstr("Subject: Order 17 Bcc: eve@evil.example"));
}

TEST_F(SendingTest, TestMessagesGoAnywhereAndCountForNobody) {
  server_.customers().Put("ann", "ann@x.example");
  server_.customers().Refuse("bob", customer::v1::CONTACT_VERDICT_NO_CONSENT);
  server_.customers().Refuse("cyd", customer::v1::CONTACT_VERDICT_NO_ADDRESS);
  for (const char* customer : {"", "customers/ann", "customers/bob", "customers/cyd"}) {
    v1::SendTestMessageRequest request;
    request.set_template_("templates/hello");
    request.set_address("me@shop.example");
    request.set_customer(customer);
    const auto sent = server_.Call(&CampaignServer::Templates::SendTestMessage, request);
    ASSERT_OK(sent) << customer;
    EXPECT_TRUE(server_.WaitForState(sent->name(), v1::Message::STATE_SENT)) << customer;
  }
  for (const auto& mail : server_.sink().mails()) EXPECT_EQ(mail.to, "me@shop.example");
  EXPECT_THAT(server_.sink().mails().at(3).wire, HasSubstr("Subject: Hello Name cyd"));
  EXPECT_EQ(server_.Count("message WHERE address <> ''"), 0);
  EXPECT_EQ(server_.Count("feed"), 0);
}

TEST_F(SendingTest, WithoutASenderNothingIsPromised) {
  CampaignServer bare;
  ASSERT_OK(bare.MakeTemplate("hello", kHello));
  EXPECT_THAT(bare.Start("hello", "best"), HasReason("SENDER_MISSING"));
  v1::SendMessageRequest request;
  request.set_template_("templates/hello");
  request.set_customer(absl::StrCat("customers/", kMadeCustomer));
  EXPECT_THAT(bare.Call(&CampaignServer::Messages::SendMessage, request),
              HasReason("SENDER_MISSING"));
}

}  // namespace
}  // namespace regulars::campaign
