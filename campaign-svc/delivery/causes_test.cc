// What set a message off is borne by what is published of it, however much later and by whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "campaign-svc/follow/customer.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/testing/sending_fixture.h"
#include "chassis/feed/event.h"
#include "chassis/feed/feed_applier.h"
#include "chassis/privacy/erasure_task.h"
#include "chassis/rpc/call.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/testing/temp_dir.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::campaign {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr char kTrace[] = "0af7651916cd43dd8448eb211c80319c";

class CausesTest : public SendingFixture {
 protected:
  // "<subject> <correlation id> <hops>" of each event of this type, in order.
  std::vector<std::string> Causes(const std::string& type) {
    std::vector<std::string> causes;
    EXPECT_OK(server_.server().store().Read([&](Snapshot& db) {
      return db
          .Sql("SELECT subject, correlation_id, hops FROM feed WHERE type = ? ORDER BY position",
               absl::StrCat("regulars.campaign.", type, ".v1"))
          .Each<std::string, std::string, int64_t>(
              [&](const std::string& subject, const std::string& cause, int64_t hops) {
                causes.push_back(absl::StrCat(subject, " ", cause, " ", hops));
              });
    }));
    return causes;
  }

  // Calls as a part of kTrace, two services away from what caused it.
  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> CallWithin(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Reply*),
                                   const Request& request) {
    grpc::ClientContext context;
    testing::Authorize(context, CampaignServer::kAdmin);
    context.AddMetadata(rpc::kTraceParentKey, absl::StrCat("00-", kTrace, "-b7ad6b7169203331-01"));
    context.AddMetadata(rpc::kHopsKey, "2");
    Stub stub(server_.server().channel());
    Reply reply;
    const absl::Status status = FromGrpc((stub.*method)(&context, request, &reply));
    if (!status.ok()) return status;
    return reply;
  }

  absl::StatusOr<v1::Campaign> StartWithin(const std::string& trigger) {
    const auto made =
        server_.MakeCampaign("c", absl::StrCat("template: 'templates/hello' ", trigger));
    if (!made.ok()) return made;
    v1::StartCampaignRequest request;
    request.set_name("campaigns/c");
    return CallWithin(&CampaignServer::Campaigns::StartCampaign, request);
  }

  // Adds the event to what customer-svc tells.
  void Enters(const std::string& customer, const std::string& cause, int hops,
              feed::v1::SubscribeResponse& batch) {
    customer::v1::SegmentEntered entered;
    entered.set_segment("segments/best");
    entered.set_customer(absl::StrCat("customers/", customer));
    batch.set_epoch("epoch");
    batch.set_position(batch.position() + 1);
    batch.set_head_position(batch.position());
    feed::v1::Event& event = *batch.add_events();
    event.set_position(batch.position());
    event.set_id(absl::StrCat("epoch-", batch.position()));
    event.set_type(EventTypeOf(*customer::v1::SegmentEntered::descriptor()));
    event.set_subject(entered.customer());
    *event.mutable_time() = rpc::ToTimestamp(server_.server().clock().Now());
    event.mutable_data()->PackFrom(entered);
    event.set_correlation_id(cause);
    event.set_hops(hops);
  }
};

TEST_F(CausesTest, ASingleMessageBearsItsCalls) {
  v1::SendMessageRequest request;
  request.set_template_("templates/hello");
  request.set_customer(absl::StrCat("customers/", kMadeCustomer));
  server_.customers().Put(kMadeCustomer, "ann@x.example");
  const auto sent = CallWithin(&CampaignServer::Messages::SendMessage, request);
  ASSERT_OK(sent);
  ASSERT_TRUE(server_.WaitForState(sent->name(), v1::Message::STATE_SENT));
  EXPECT_THAT(Causes("message_sent"),
              ElementsAre(absl::StrCat("customers/", kMadeCustomer, " ", kTrace, " 2")));
}

// Two causes, whose messages one change records.
TEST_F(CausesTest, WhatASegmentSetOffIsOneHopFurther) {
  server_.customers().AddMembers("best", 2);
  ASSERT_OK(StartWithin("entry { segment: 'segments/best' }"));
  feed::v1::SubscribeResponse batch;
  Enters("c000001", "one", 3, batch);
  Enters("c000002", "other", 0, batch);
  const FeedHandlers handlers = CustomerHandlers(server_.context());
  FeedApplier applier(*server_.server().store(), {.service = "campaign", .upstream = "customer"},
                      handlers);
  ASSERT_OK(applier.Open());
  ASSERT_OK(applier.Apply(applier.Decode(std::move(batch))));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().counts().sent() == 2; }));
  EXPECT_THAT(Causes("message_sent"),
              UnorderedElementsAre("customers/c000001 one 4", "customers/c000002 other 1"));
}

// By the task that reads it.
TEST_F(CausesTest, AnAudienceAndItsEndBearTheStarts) {
  server_.customers().AddMembers("best", 2);
  ASSERT_OK(StartWithin("audience { segment: 'segments/best' }"));
  ASSERT_TRUE(WaitFinished());
  EXPECT_THAT(Causes("message_sent"),
              UnorderedElementsAre(absl::StrCat("customers/c000001 ", kTrace, " 2"),
                                   absl::StrCat("customers/c000002 ", kTrace, " 2")));
  const std::string running_or_finished = absl::StrCat("campaigns/c ", kTrace, " 2");
  EXPECT_THAT(Causes("campaign_state_changed"),
              ElementsAre(running_or_finished, running_or_finished));
}

// One task confirms both.
TEST_F(CausesTest, AnErasureBearsItsOwn) {
  ASSERT_OK(server_.Write([](Transaction& tx) -> absl::Status {
    for (const int hops : {1, 2}) {
      const Origin origin{.correlation_id = absl::StrCat("cause", hops), .hops = hops};
      ABSL_RETURN_IF_ERROR(tx.As(origin, [hops](Transaction& part) {
        return ScheduleErasure(part, part.origin().cause(), absl::StrCat("erasures/e", hops),
                               "customers/c000001");
      }));
    }
    return absl::OkStatus();
  }));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Count("pending_erasure") == 0; }));
  EXPECT_THAT(Causes("erasure_confirmed"),
              UnorderedElementsAre("erasures/e1 cause1 1", "erasures/e2 cause2 2"));
}

TEST(Causes, AnOlderStoresMessagesHaveNone) {
  testing::TempDir dir;
  const std::string path = dir.File("campaign.db");
  {
    ASSERT_OK_AND_ASSIGN(auto store, Store::Open({.path = path,
                                                  .service = "campaign",
                                                  .migrations = CampaignMigrations().first(1)}));
    ASSERT_OK(store->writer().Write(Lane::kTasks, {}, [](Transaction& tx) {
      return tx
          .Sql(
              "INSERT INTO message (id, origin, campaign, template, template_number, customer, "
              "address, variables, sender_key, state, reason, smtp_code, attempts, doubts, "
              "create_time, due_time, holder, lease_until) VALUES ('m', 2, 0, 1, 1, 'ann', '', "
              "'', '', 1, '', 0, 0, 0, 0, 0, 0, 0)")
          .Run();
    }));
  }
  ASSERT_OK_AND_ASSIGN(
      auto store,
      Store::Open({.path = path, .service = "campaign", .migrations = CampaignMigrations()}));
  ASSERT_OK(store->readers().Run({}, [](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto message, messages::Find(db, "m"));
    EXPECT_TRUE(message && message->cause.correlation_id.empty() && message->cause.hops == 0);
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace regulars::campaign
