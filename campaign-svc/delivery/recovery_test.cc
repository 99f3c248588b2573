// What a process finds that another one left in the middle of its work.
#include <gtest/gtest.h>

#include "campaign-svc/delivery/restored.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/testing/campaign_server.h"
#include "chassis/tasks/task.h"

namespace regulars::campaign {
namespace {

using InFlight = SenderOptions::InFlight;

// Leaves a message behind as a process does that was killed: of a campaign or a single one, claimed
// or being handed over.
std::string Leave(CampaignServer& server, bool campaign, MessageState state, int64_t attempts = 0,
                  const std::string& address = "ann@x.example") {
  server.SetUpSender();
  server.customers().AddMembers("best", 1);
  server.customers().Put("c000001", address);
  server.customers().Put(kMadeCustomer, address);
  EXPECT_OK(server.MakeTemplate("hello", kHello));
  // The mail server is closed while the row is made.
  server.sink().Greet("421 not now");
  std::string name;
  if (campaign) {
    EXPECT_OK(server.Start("hello", "best"));
    EXPECT_TRUE(server.WaitFor([&] { return server.Get().audience_complete(); }));
    name = server.MessagesOf("campaigns/c").at(0).name();
  } else {
    v1::SendMessageRequest request;
    request.set_template_("templates/hello");
    request.set_customer(absl::StrCat("customers/", kMadeCustomer));
    name = server.Call(&CampaignServer::Messages::SendMessage, request)->name();
  }
  EXPECT_TRUE(server.WaitFor(
      [&] { return server.Count("message WHERE reason = 'SMTP_UNREACHABLE'") == 1; }));
  EXPECT_OK(server.Write([&](Transaction& tx) {
    return tx
        .Sql("UPDATE message SET state = ?, holder = 77, lease_until = ?, attempts = ?",
             static_cast<int64_t>(state), tx.now() + absl::Hours(1), attempts)
        .Run();
  }));
  server.sink().Greet("");
  server.Advance(absl::Hours(2));  // Behind the lease.
  return name;
}

TEST(Recovery, WhatWasClaimedIsSentOnceMoreOrForTheFirstTime) {
  for (const bool campaign : {true, false}) {
    CampaignServer server;
    const std::string name = Leave(server, campaign, MessageState::kClaimed);
    EXPECT_TRUE(server.WaitForState(name, v1::Message::STATE_SENT));
    EXPECT_EQ(server.sink().count(), 1);
  }
}

// A lane's rule that nothing is claimed while a lease of its own has ended holds for itself alone.
TEST(Recovery, LanesLeaveEachOthersMessagesAlone) {
  CampaignServer server([](SenderOptions& options) { options.smtp.host.clear(); });
  server.SetUpSender();
  server.customers().AddMembers("best", 1);
  EXPECT_OK(server.MakeTemplate("hello", kHello));
  EXPECT_OK(server.Start("hello", "best"));
  ASSERT_TRUE(server.WaitFor([&] { return server.Get().audience_complete(); }));
  v1::SendMessageRequest request;
  request.set_template_("templates/hello");
  request.set_customer(absl::StrCat("customers/", kMadeCustomer));
  ASSERT_OK(server.Call(&CampaignServer::Messages::SendMessage, request));
  const absl::Time now = server.server().clock().Now();
  // Nothing is left behind: the leases are another process's, and end in an hour.
  EXPECT_OK(server.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE message SET state = 2, holder = 77, lease_until = ? + "
                                "(campaign = 0) * 1000000",
                                now + absl::Hours(1))
                             .Run());
    for (const auto lane : {messages::Of::kCampaigns, messages::Of::kSingles}) {
      ABSL_ASSIGN_OR_RETURN(const auto left, messages::Abandoned(tx, lane, 78, 10));
      EXPECT_EQ(left.size(), 1);
      EXPECT_EQ(left.at(0).campaign == 0, lane == messages::Of::kSingles);
      ABSL_ASSIGN_OR_RETURN(const auto mine, messages::Abandoned(tx, lane, 77, 10));
      EXPECT_EQ(mine.size(), 0);
      ABSL_ASSIGN_OR_RETURN(const auto end, messages::NextLeaseEnd(tx, lane));
      EXPECT_EQ(end, now + absl::Hours(1) +
                         (lane == messages::Of::kSingles ? absl::Seconds(1) : absl::Seconds(0)));
    }
    return absl::OkStatus();
  }));
}

// Those that were claimed together wait for the pace when the process is asked to end.
TEST(Recovery, AGracefulEndCostsNobodyAnAttempt) {
  for (const bool cancelled : {false, true}) {
    CampaignServer server;
    server.SetUpSender();
    v1::UpdateCampaignSettingsRequest slow;
    slow.mutable_settings()->set_name("settings");
    slow.mutable_settings()->mutable_email()->set_max_per_second(1);
    ASSERT_OK(server.Call(&CampaignServer::Settings::UpdateCampaignSettings, slow));
    server.customers().AddMembers("best", 60);
    EXPECT_OK(server.MakeTemplate("hello", kHello));
    EXPECT_OK(server.Start("hello", "best"));
    ASSERT_TRUE(server.WaitFor([&] {
      return server.Get().audience_complete() && server.Count("message WHERE state = 2") > 20;
    }));
    if (cancelled) {
      v1::CancelCampaignRequest cancel;
      cancel.set_name("campaigns/c");
      ASSERT_OK(server.Call(&CampaignServer::Campaigns::CancelCampaign, cancel));
      ASSERT_TRUE(server.WaitFor([&] {
        return server.Count("task WHERE kind = 'campaign_cancel' AND state = 'SUCCEEDED'") == 1;
      }));
    }
    server.StopSending();
    EXPECT_EQ(server.Count("message WHERE state IN (2, 3)"), 0);
    // One whose conversation was broken off was tried.
    EXPECT_EQ(server.Count("message WHERE state = 1 AND attempts > 0 AND reason = ''"), 0);
    const v1::CampaignCounts counts = server.Get().counts();
    EXPECT_EQ(counts.sent(), server.sink().count());
    // The task that lets go of who waits has come by already.
    EXPECT_EQ(counts.pending(), cancelled ? 0 : 60 - counts.sent());
  }
}

// One that ends each process that claims it is given up in the end.
TEST(Recovery, WhatIsClaimedByProcessesThatEndIsGivenUp) {
  CampaignServer server;
  const std::string name = Leave(server, false, MessageState::kClaimed, 11);
  EXPECT_TRUE(server.WaitForState(name, v1::Message::STATE_FAILED));
  EXPECT_EQ(server.GetMessage(name).reason(), "INTERRUPTED");
  EXPECT_EQ(server.sink().count(), 0);
}

// What processes did not live to try is no refusal.
TEST(Recovery, TheFirstRefusalIsWaitedForAsTheFirst) {
  CampaignServer server;
  const std::string name = Leave(server, false, MessageState::kClaimed, 3, "r450@x.example");
  ASSERT_TRUE(
      server.WaitFor([&] { return server.Count("message WHERE reason = 'SMTP_TEMPORARY'") == 1; }));
  const v1::Message message = server.GetMessage(name);
  EXPECT_EQ(message.attempts(), 5);
  const absl::Time due = absl::FromUnixSeconds(message.due_time().seconds());
  EXPECT_LE(due - server.server().clock().Now(), absl::Seconds(75));
}

// Yesterday's backup lists as waiting who was written to since.
TEST(Recovery, ARestoredStoreStartsNoCampaignByItself) {
  for (const auto policy : {InFlight::kSendAgain, InFlight::kGiveUp}) {
    CampaignServer server;
    server.SetUpSender();
    server.customers().AddMembers("best", 3);
    server.customers().Put(kMadeCustomer, "ann@x.example");
    EXPECT_OK(server.MakeTemplate("hello", kHello));
    server.sink().Greet("421 not now");
    EXPECT_OK(server.Start("hello", "best"));
    v1::SendMessageRequest request;
    request.set_template_("templates/hello");
    request.set_customer(absl::StrCat("customers/", kMadeCustomer));
    const auto single = server.Call(&CampaignServer::Messages::SendMessage, request);
    ASSERT_OK(single);
    ASSERT_TRUE(server.WaitFor([&] {
      return server.Get().audience_complete() &&
             server.Count("message WHERE reason = 'SMTP_UNREACHABLE' AND state = 1") > 0 &&
             server.Count("message WHERE state = 1") == 4;
    }));
    // The same life of the store, and then another.
    const std::string epochs[] = {server.server().store()->writer().epoch(), "another", "another"};
    for (const std::string& epoch : epochs) {
      EXPECT_OK(server.Write([&](Transaction& tx) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(const bool done, HoldRestored(tx, epoch, policy));
        EXPECT_TRUE(done);
        return absl::OkStatus();
      }));
      EXPECT_EQ(server.Get().state() == v1::Campaign::STATE_PAUSED, epoch == "another");
    }
    EXPECT_EQ(server.Get().error().code(), 9);
    server.sink().Greet("");
    server.Advance(absl::Hours(1));
    const bool again = policy == InFlight::kSendAgain;
    EXPECT_TRUE(server.WaitForState(single->name(),
                                    again ? v1::Message::STATE_SENT : v1::Message::STATE_UNKNOWN));
    EXPECT_EQ(server.Get().counts().sent(), 0);
    v1::ResumeCampaignRequest resume;
    resume.set_name("campaigns/c");
    ASSERT_OK(server.Call(&CampaignServer::Campaigns::ResumeCampaign, resume));
    EXPECT_TRUE(server.WaitFor([&] { return server.Get().counts().sent() == 3; }));
    EXPECT_FALSE(server.Get().has_error());
    EXPECT_EQ(server.sink().count(), again ? 4 : 3);
  }
}

// The task that read the audience was restored with the store.
TEST(Recovery, ARestoredCampaignReadsItsAudienceOnce) {
  CampaignServer server;
  server.SetUpSender();
  server.customers().AddMembers("best", 3);
  server.customers().Put(kMadeCustomer, "ann@x.example");
  EXPECT_OK(server.MakeTemplate("hello", kHello));
  server.customers().SetComputing(true);
  EXPECT_OK(server.Start("hello", "best"));
  const std::string reading = "task WHERE kind = 'campaign_audience'";
  ASSERT_TRUE(server.WaitFor([&] { return server.Get().has_error(); }));
  const std::string epochs[] = {server.server().store()->writer().epoch(), "another"};
  for (const std::string& epoch : epochs) {
    EXPECT_OK(server.Write(
        [&](Transaction& tx) { return HoldRestored(tx, epoch, InFlight::kSendAgain).status(); }));
  }
  EXPECT_EQ(server.Get().state(), v1::Campaign::STATE_PAUSED);
  v1::ResumeCampaignRequest resume;
  resume.set_name("campaigns/c");
  ASSERT_OK(server.Call(&CampaignServer::Campaigns::ResumeCampaign, resume));
  EXPECT_EQ(server.Count(reading), 1);
  server.customers().SetComputing(false);
  server.Advance(absl::Minutes(10));
  ASSERT_TRUE(server.WaitFor([&] { return server.Get().state() == v1::Campaign::STATE_FINISHED; }));
  EXPECT_EQ(server.sink().count(), 3);
  // One that comes late takes in nobody who has become a member since: nobody would send to them.
  server.customers().AddMembers("best", 5);
  EXPECT_OK(server.Write([&](Transaction& tx) {
    return tasks::Schedule(tx, {.kind = "campaign_audience", .input = "c"}).status();
  }));
  ASSERT_TRUE(
      server.WaitFor([&] { return server.Count(reading + " AND state = 'SUCCEEDED'") == 2; }));
  EXPECT_EQ(server.Get().counts().recipients(), 3);
}

TEST(Recovery, WhatWasBeingHandedOverFollowsThePolicy) {
  const struct {
    bool campaign;
    InFlight policy;
    v1::Message::State state;
    int64_t mails;
  } rows[] = {
      {true, InFlight::kGiveUp, v1::Message::STATE_UNKNOWN, 0},
      {true, InFlight::kSendAgain, v1::Message::STATE_SENT, 1},
      {false, InFlight::kGiveUp, v1::Message::STATE_UNKNOWN, 0},
      {false, InFlight::kSendAgain, v1::Message::STATE_SENT, 1},
  };
  for (const auto& row : rows) {
    CampaignServer server([&](SenderOptions& options) {
      options.campaign_in_flight = row.policy;
      options.single_in_flight = row.policy;
    });
    const std::string name = Leave(server, row.campaign, MessageState::kSending);
    EXPECT_TRUE(server.WaitForState(name, row.state)) << row.campaign;
    EXPECT_EQ(server.sink().count(), row.mails) << row.campaign;
    if (row.campaign) {
      EXPECT_TRUE(
          server.WaitFor([&] { return server.Get().state() == v1::Campaign::STATE_FINISHED; }));
      EXPECT_EQ(server.Get().counts().unknown(), 1 - row.mails);
    }
  }
}

}  // namespace
}  // namespace regulars::campaign
