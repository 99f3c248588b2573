// What messages wait for, and that they go on when it is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign-svc/testing/sending_fixture.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using WaitingTest = SendingFixture;

// A slow pace has messages wait in the process for longer than what was asked about them is good
// for.
TEST_F(WaitingTest, ConsentIsAskedForAfterTheWait) {
  v1::UpdateCampaignSettingsRequest slow;
  slow.mutable_settings()->set_name("settings");
  slow.mutable_settings()->mutable_email()->set_max_per_second(2);
  ASSERT_OK(server_.Call(&CampaignServer::Settings::UpdateCampaignSettings, slow));
  server_.customers().AddMembers("best", 4);
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.sink().count() == 1; }));
  // The others are asked about, and wait in the process for their slots. They say no, minutes pass.
  for (const char* id : {"c000001", "c000002", "c000003", "c000004"}) {
    server_.customers().Refuse(id, customer::v1::CONTACT_VERDICT_NO_CONSENT);
  }
  server_.Advance(absl::Minutes(2));
  ASSERT_TRUE(WaitFinished());
  // One may have had its slot just then.
  EXPECT_LE(server_.sink().count(), 2);
  EXPECT_GE(server_.Get().counts().skipped(), 2);
}

// What could not be tried for 72 hours is given up; a pause is no such time.
TEST_F(WaitingTest, PausedMessagesDoNotExpire) {
  server_.sink().Greet("421 not now");
  server_.customers().AddMembers("best", 1);
  ASSERT_OK(server_.Start("hello", "best"));
  const auto tried = [&](int64_t count) {
    return server_.WaitFor([&] { return server_.sink().connections() > count; }) &&
           WaitNothingUnderWay();
  };
  ASSERT_TRUE(tried(0));
  ASSERT_OK(Act(&CampaignServer::Campaigns::PauseCampaign));
  server_.Advance(absl::Hours(100));
  int64_t before = server_.sink().connections();
  ASSERT_OK(Act(&CampaignServer::Campaigns::ResumeCampaign));
  ASSERT_TRUE(tried(before));
  EXPECT_EQ(server_.Get().counts().failed(), 0);
  EXPECT_EQ(server_.Get().counts().pending(), 1);
  // Without a pause it is.
  before = server_.sink().connections();
  server_.Advance(absl::Hours(73));
  ASSERT_TRUE(tried(before));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.MessagesOf("campaigns/c").at(0).reason(), "EXPIRED");
}

TEST_F(WaitingTest, AnUnreachableServerCostsNobodyAnAttempt) {
  server_.sink().Greet("554 go away");
  server_.customers().AddMembers("best", 5);
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor(
      [&] { return server_.Count("message WHERE reason = 'SMTP_UNREACHABLE'") > 0; }));
  ASSERT_TRUE(WaitNothingUnderWay());
  EXPECT_EQ(server_.Count("message WHERE attempts > 0"), 0);
  server_.sink().Greet("");
  server_.Advance(absl::Minutes(10));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.Get().counts().sent(), 5);
}

// Those who run the service are told: of the messages that wait only the few that were tried say
// why.
TEST_F(WaitingTest, AMailServerThatCannotBeUsedIsShown) {
  const auto metrics = [&] { return server_.server().metrics().Text(); };
  EXPECT_THAT(server_.warnings(), IsEmpty());
  EXPECT_THAT(metrics(), HasSubstr("\nregulars_mail_server_held 0\n"));
  const struct {
    const char* greeting;
    const char* sender_refusal;
    int code;
    const char* warning;
  } rows[] = {
      {"554 go away", "", 554, "mail server: connection 554: "},
      {"421 busy", "", 421, "mail server: connection 421: "},
      {"", "451 4.3.0 not now", 451, "mail server: MAIL FROM 451: "},
  };
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  std::string name;
  for (const auto& row : rows) {
    server_.sink().Greet(row.greeting);
    server_.sink().RefuseSender(row.sender_refusal, *row.sender_refusal == '\0' ? 0 : 100);
    if (name.empty()) {
      const auto sent = Send(kMadeCustomer);
      ASSERT_OK(sent);
      name = sent->name();
    } else {
      server_.Advance(absl::Minutes(10));
    }
    ASSERT_TRUE(server_.WaitFor([&] { return server_.GetMessage(name).smtp_code() == row.code; }));
    EXPECT_EQ(server_.GetMessage(name).reason(), "SMTP_UNREACHABLE");
    EXPECT_THAT(server_.warnings(), ElementsAre(StartsWith(row.warning)));
    EXPECT_THAT(metrics(), HasSubstr("\nregulars_mail_server_held 1\n"));
  }
  EXPECT_THAT(metrics(), HasSubstr("{kind=\"mail.single\",outcome=\"unreachable\"} 3\n"));
  server_.sink().RefuseSender("", 0);
  server_.Advance(absl::Minutes(10));
  ASSERT_TRUE(server_.WaitForState(name, v1::Message::STATE_SENT));
  EXPECT_THAT(server_.warnings(), IsEmpty());
  EXPECT_THAT(metrics(), HasSubstr("\nregulars_mail_server_held 0\n"));
  EXPECT_THAT(metrics(), HasSubstr("{kind=\"mail.single\",outcome=\"sent\"} 1\n"));
}

TEST_F(WaitingTest, AMailServerThatNobodyWaitsForIsNoTrouble) {
  server_.sink().Greet("421 not now");
  server_.customers().AddMembers("best", 3);
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor([&] { return !server_.warnings().empty(); }));
  ASSERT_TRUE(WaitNothingUnderWay());
  ASSERT_OK(Act(&CampaignServer::Campaigns::CancelCampaign));
  server_.Advance(absl::Minutes(10));
  EXPECT_TRUE(server_.WaitFor([&] { return server_.warnings().empty(); }));
  EXPECT_THAT(server_.server().metrics().Text(), HasSubstr("\nregulars_mail_server_held 0\n"));
}

// What is refused before any recipient is named is no message's fault.
TEST_F(WaitingTest, ASenderThatIsRefusedCostsNobodyAnAttempt) {
  server_.sink().RefuseSender("530 5.7.0 sign in first", 100);
  server_.customers().AddMembers("best", 5);
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor(
      [&] { return server_.Count("message WHERE reason = 'SMTP_UNREACHABLE'") > 0; }));
  ASSERT_TRUE(WaitNothingUnderWay());
  EXPECT_EQ(server_.Count("message WHERE attempts > 0 OR state <> 1"), 0);
  server_.sink().RefuseSender("", 0);
  server_.Advance(absl::Minutes(10));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.Get().counts().sent(), 5);
}

TEST_F(WaitingTest, CustomersThatCannotBeAskedAboutWait) {
  server_.customers().AddMembers("best", 5);
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  server_.customers().Fail({grpc::StatusCode::UNAVAILABLE, "down"});
  const auto sent = Send(kMadeCustomer);
  ASSERT_OK(sent);
  ASSERT_TRUE(server_.WaitFor(
      [&] { return server_.GetMessage(sent->name()).reason() == "CUSTOMERS_UNAVAILABLE"; }));
  server_.customers().Fail(grpc::Status::OK);
  server_.Advance(absl::Minutes(1));
  EXPECT_TRUE(server_.WaitForState(sent->name(), v1::Message::STATE_SENT));
}

// Those who wait are not claimed and written back one after the other while it is down.
TEST_F(WaitingTest, WhileCustomersCannotBeAskedAboutNothingIsClaimed) {
  server_.customers().AddMembers("best", 600);
  // The mail server is closed until all of them are written down.
  server_.sink().Greet("421 not now");
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().audience_complete(); }));
  ASSERT_TRUE(WaitNothingUnderWay());
  server_.customers().Fail({grpc::StatusCode::UNAVAILABLE, "down"});
  server_.sink().Greet("");
  const int64_t asked = server_.customers().asked();
  server_.Advance(absl::Minutes(6));
  const auto waiting = [&] {
    return server_.Count("message WHERE reason = 'CUSTOMERS_UNAVAILABLE'");
  };
  ASSERT_TRUE(server_.WaitFor([&] { return waiting() > 0; }));
  ASSERT_TRUE(WaitNothingUnderWay());
  // One look of the pool's own makes no difference.
  ASSERT_OK(server_.Write([](Transaction& tx) {
    EffectPool::Ring(tx, kCampaignEffect);
    return absl::OkStatus();
  }));
  EXPECT_LE(waiting(), 100);
  EXPECT_EQ(server_.customers().asked(), asked + 1);
  server_.customers().Fail(grpc::Status::OK);
  server_.Advance(absl::Minutes(1));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.sink().count(), 600);
}

TEST_F(WaitingTest, PeopleOfWhomMuchIsKnownAreAskedAboutInSmallerNumbers) {
  server_.customers().AddMembers("best", 130);
  server_.customers().SetMostAtOnce(7);
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.sink().count(), 130);
}

// What customer-svc cannot answer about some holds up nobody else.
TEST_F(WaitingTest, AQuestionThatIsRefusedHoldsUpItsOwnMessagesOnly) {
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  server_.customers().Put(kOtherCustomer, "bob@x.example");
  server_.customers().SetMostAtOnce(0);
  const auto refused = Send(kMadeCustomer);
  ASSERT_OK(refused);
  ASSERT_TRUE(server_.WaitFor(
      [&] { return server_.GetMessage(refused->name()).reason() == "CUSTOMERS_UNAVAILABLE"; }));
  server_.customers().SetMostAtOnce(1);
  const auto sent = Send(kOtherCustomer);
  ASSERT_OK(sent);
  EXPECT_TRUE(server_.WaitForState(sent->name(), v1::Message::STATE_SENT));
  EXPECT_EQ(server_.GetMessage(refused->name()).state(), v1::Message::STATE_PENDING);
  server_.Advance(absl::Minutes(1));
  EXPECT_TRUE(server_.WaitForState(refused->name(), v1::Message::STATE_SENT));
}

TEST_F(WaitingTest, WithoutASenderWhatWaitsWaitsOn) {
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  // The mail server is closed, so that the message waits when the sender is taken away.
  server_.sink().Greet("421 not now");
  const auto sent = Send(kMadeCustomer);
  ASSERT_OK(sent);
  ASSERT_TRUE(server_.WaitFor(
      [&] { return server_.GetMessage(sent->name()).reason() == "SMTP_UNREACHABLE"; }));
  v1::UpdateCampaignSettingsRequest request;
  request.mutable_settings()->set_name("settings");
  request.mutable_settings()->mutable_email()->set_from_name("x");
  request.mutable_update_mask()->add_paths("email");
  ASSERT_OK(server_.Call(&CampaignServer::Settings::UpdateCampaignSettings, request));
  server_.sink().Greet("");
  server_.Advance(absl::Minutes(6));
  ASSERT_TRUE(server_.WaitFor(
      [&] { return server_.GetMessage(sent->name()).reason() == "SENDER_MISSING"; }));
  EXPECT_EQ(server_.sink().count(), 0);
  server_.SetUpSender();
  server_.Advance(absl::Minutes(6));
  EXPECT_TRUE(server_.WaitForState(sent->name(), v1::Message::STATE_SENT));
}

TEST_F(WaitingTest, CampaignsThatHaveEndedTakeNobodysPlace) {
  const std::string text = "template: 'templates/hello' audience { segment: 'segments/best' }";
  ASSERT_OK(server_.MakeCampaign("c", text));
  // As many as may, with the draft; half of the others have finished, half were cancelled.
  ASSERT_OK(server_.Write([](Transaction& tx) {
    return tx
        .Sql(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
            "INSERT INTO campaign SELECT NULL, 'x' || i, display_name, description, template, 1, "
            "trigger_kind, segment, planned_time, 5 + i % 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', "
            "'', 1, create_time, update_time, create_time, create_time, NULL FROM campaign, n "
            "WHERE id = 'c'")
        .Run();
  }));
  EXPECT_OK(server_.MakeCampaign("d", text));
  // A draft counts, as does what is scheduled, runs, or is paused.
  ASSERT_OK(server_.Write([](Transaction& tx) {
    return tx.Sql("UPDATE campaign SET state = 1 + key % 4 WHERE id LIKE 'x%' AND id <> 'x1'")
        .Run();
  }));
  EXPECT_THAT(server_.MakeCampaign("e", text), HasReason("TOO_MANY_CAMPAIGNS"));
}

TEST_F(WaitingTest, AsManyRunAsMayAndEachOfThemSends) {
  server_.customers().AddMembers("best", 2);
  const absl::Time at = server_.server().clock().Now() + absl::Hours(2);
  const std::string text = "template: 'templates/hello' audience { segment: 'segments/best' ";
  ASSERT_OK(server_.MakeCampaign("c", text + "}"));
  ASSERT_OK(server_.MakeCampaign(
      "later", absl::StrCat(text, "start_time { seconds: ", absl::ToUnixSeconds(at), " } }")));
  v1::StartCampaignRequest start;
  start.set_name("campaigns/later");
  ASSERT_OK(server_.Call(&CampaignServer::Campaigns::StartCampaign, start));
  // A thousand that run, and have nothing to send.
  ASSERT_OK(server_.Write([](Transaction& tx) {
    return tx
        .Sql(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
            "INSERT INTO campaign SELECT NULL, 'x' || i, display_name, description, template, 1, "
            "trigger_kind, segment, planned_time, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', 1, "
            "create_time, update_time, create_time, create_time, NULL FROM campaign, n WHERE id = "
            "'c'")
        .Run();
  }));
  EXPECT_THAT(Act(&CampaignServer::Campaigns::StartCampaign), HasReason("TOO_MANY_CAMPAIGNS"));
  server_.Advance(absl::Hours(3));
  ASSERT_TRUE(server_.WaitFor([&] {
    return server_.Count(absl::StrCat("task WHERE kind = 'campaign_start' AND due_time > ",
                                      absl::ToUnixMicros(at))) == 1;
  }));
  EXPECT_EQ(server_.Get("campaigns/later").state(), v1::Campaign::STATE_SCHEDULED);
  v1::PauseCampaignRequest pause;
  pause.set_name("campaigns/x1");
  ASSERT_OK(server_.Call(&CampaignServer::Campaigns::PauseCampaign, pause));
  ASSERT_OK(Act(&CampaignServer::Campaigns::StartCampaign));
  v1::ResumeCampaignRequest resume;
  resume.set_name("campaigns/x1");
  EXPECT_THAT(server_.Call(&CampaignServer::Campaigns::ResumeCampaign, resume),
              HasReason("TOO_MANY_CAMPAIGNS"));
  ASSERT_TRUE(WaitFinished());
  EXPECT_EQ(server_.sink().count(), 2);
  // Now there is room for the one whose time has come.
  server_.Advance(absl::Minutes(2));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.sink().count() == 4; }));
}

TEST_F(WaitingTest, TheQueueOfSingleMessagesIsBounded) {
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  const auto counted = [&] {
    return server_.Count(
               "waiting_singles WHERE count = (SELECT COUNT(*) FROM message WHERE "
               "campaign = 0 AND state = 1)") == 1;
  };
  server_.sink().Greet("421 not now");
  ASSERT_OK(Send(kMadeCustomer));
  ASSERT_TRUE(server_.WaitFor([&] {
    return server_.Count("message WHERE reason = 'SMTP_UNREACHABLE' AND state = 1") == 1;
  }));
  ASSERT_OK(Send(kMadeCustomer));
  EXPECT_TRUE(counted());
  // As many as may: the last one of them goes in.
  ASSERT_OK(server_.Write(
      [](Transaction& tx) { return tx.Sql("UPDATE waiting_singles SET count = 99999").Run(); }));
  ASSERT_OK(Send(kMadeCustomer));
  EXPECT_THAT(Send(kMadeCustomer), HasReason("TOO_MANY_WAITING"));
  v1::SendTestMessageRequest test;
  test.set_template_("templates/hello");
  test.set_address("me@shop.example");
  EXPECT_THAT(server_.Call(&CampaignServer::Templates::SendTestMessage, test),
              HasReason("TOO_MANY_WAITING"));
  ASSERT_OK(server_.Write(
      [](Transaction& tx) { return tx.Sql("UPDATE waiting_singles SET count = 3").Run(); }));
  server_.sink().Greet("");
  server_.Advance(absl::Minutes(10));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.sink().count() == 3; }));
  ASSERT_TRUE(WaitNothingUnderWay());
  EXPECT_TRUE(counted());
}

}  // namespace
}  // namespace regulars::campaign
