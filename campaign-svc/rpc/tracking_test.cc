#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "campaign-svc/follow/customer.h"
#include "campaign-svc/testing/campaign_server.h"
#include "chassis/rpc/call.h"
#include "google/protobuf/any.pb.h"
#include "regulars/campaign/v1/events.pb.h"
#include "regulars/type/v1/http_reply.pb.h"

namespace regulars::campaign {
namespace {

using ::testing::HasSubstr;

class TrackingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.SetUpSender();
    ASSERT_OK(server_.MakeTemplate("hello", kHello));
    server_.customers().AddMember("best", kMadeCustomer);
    ASSERT_OK(server_.Start("hello", "best"));
    ASSERT_TRUE(
        server_.WaitFor([&] { return server_.Get().state() == v1::Campaign::STATE_FINISHED; }));
    body_ = absl::StrReplaceAll(server_.sink().mails().at(0).wire, {{"=\r\n", ""}, {"=3D", "="}});
    message_ = server_.MessagesOf("campaigns/c").at(0).name();
  }

  // The token of the first link of this kind in the mail.
  std::string Token(char kind) {
    const std::string begin = absl::StrCat("/api/campaign/v1/", std::string(1, kind), "/");
    const size_t at = body_.find(begin);
    EXPECT_NE(at, std::string::npos) << kind;
    const size_t token = at + begin.size();
    return body_.substr(token, body_.find_first_of("\"> \r\n", token) - token);
  }

  template <typename Request, typename Stub>
  google::api::HttpBody Get(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                         google::api::HttpBody*),
                            const std::string& token) {
    Request request;
    request.set_token(token);
    // No token of a caller: links are for everybody.
    const auto reply = server_.Call(method, request, "");
    EXPECT_OK(reply);
    return reply.value_or(google::api::HttpBody());
  }

  // The same as a part of the trace.
  template <typename Request>
  void GetWithin(const std::string& trace,
                 grpc::Status (CampaignServer::Tracking::*method)(grpc::ClientContext*,
                                                                  const Request&,
                                                                  google::api::HttpBody*),
                 const std::string& token) {
    grpc::ClientContext context;
    context.AddMetadata(rpc::kTraceParentKey, absl::StrCat("00-", trace, "-b7ad6b7169203331-01"));
    Request request;
    request.set_token(token);
    google::api::HttpBody reply;
    CampaignServer::Tracking stub(server_.server().channel());
    EXPECT_TRUE((stub.*method)(&context, request, &reply).ok());
  }

  static type::v1::HttpReply Extra(const google::api::HttpBody& body) {
    type::v1::HttpReply extra;
    EXPECT_EQ(body.extensions_size(), 1);
    if (body.extensions_size() == 1) body.extensions(0).UnpackTo(&extra);
    return extra;
  }

  // What the feed says of unsubscribings.
  std::vector<v1::MessageFacts> Unsubscribings() {
    std::vector<v1::MessageFacts> facts;
    EXPECT_OK(server_.server().store().Read([&](Snapshot& db) {
      return db.Sql("SELECT payload FROM feed WHERE type = 'regulars.campaign.unsubscribed.v1'")
          .Each<Bytes>([&](const Bytes& payload) {
            google::protobuf::Any any;
            v1::Unsubscribed event;
            EXPECT_TRUE(any.ParseFromString(payload.value) && any.UnpackTo(&event));
            facts.push_back(event.message());
          });
    }));
    return facts;
  }

  CampaignServer server_;
  std::string body_;
  std::string message_;
};

using Tracking = CampaignServer::Tracking;

TEST_F(TrackingTest, AnOpeningCountsOnce) {
  for (int i = 0; i < 3; ++i) {
    const auto pixel = Get(&Tracking::LoadPixel, Token('o'));
    EXPECT_EQ(pixel.content_type(), "image/gif");
    EXPECT_EQ(pixel.data().substr(0, 6), "GIF89a");
  }
  // The reader does not wait for it to be written down.
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Count("hit") == 3; }));
  EXPECT_EQ(server_.Count("audit WHERE method LIKE '%.TrackingService.%'"), 0);
  server_.Advance(absl::Seconds(1));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Count("hit") == 0; }));
  EXPECT_EQ(server_.Get().counts().opened(), 1);
  EXPECT_TRUE(server_.GetMessage(message_).has_open_time());
  EXPECT_EQ(server_.Count("feed WHERE type = 'regulars.campaign.message_opened.v1'"), 1);
}

TEST_F(TrackingTest, AClickLeadsWhereItWasSigned) {
  const auto reply = Get(&Tracking::FollowLink, Token('c'));
  EXPECT_EQ(Extra(reply).status(), 302);
  EXPECT_EQ(Extra(reply).location(), "https://shop.example/pots?a=1&b=2");
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Count("hit") == 1; }));
  server_.Advance(absl::Seconds(1));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().counts().clicked() == 1; }));
  EXPECT_EQ(server_.Count("feed WHERE type = 'regulars.campaign.message_clicked.v1'"), 1);
}

// Counted by one task, and each set off by what its reader did.
TEST_F(TrackingTest, EachHitBearsTheTraceOfItsRequest) {
  const std::string traces[] = {"0af7651916cd43dd8448eb211c80319c",
                                "4bf92f3577b34da6a3ce929d0e0e4736"};
  GetWithin(traces[0], &Tracking::LoadPixel, Token('o'));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Count("hit") == 1; }));
  GetWithin(traces[1], &Tracking::FollowLink, Token('c'));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Count("hit") == 2; }));
  server_.Advance(absl::Seconds(1));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Count("hit") == 0; }));
  const std::string events = "feed WHERE hops = 0 AND type = 'regulars.campaign.message_";
  EXPECT_EQ(
      server_.Count(absl::StrCat(events, "opened.v1' AND correlation_id = '", traces[0], "'")), 1);
  EXPECT_EQ(
      server_.Count(absl::StrCat(events, "clicked.v1' AND correlation_id = '", traces[1], "'")), 1);
}

TEST_F(TrackingTest, AClickLeadsThereThoughTheStoreTakesNoWrite) {
  ASSERT_OK(server_.Write([](Transaction& tx) {
    return tx.Sql("CREATE TRIGGER full BEFORE INSERT ON hit BEGIN SELECT RAISE(ABORT, 'full'); END")
        .Run();
  }));
  const auto reply = Get(&Tracking::FollowLink, Token('c'));
  EXPECT_EQ(Extra(reply).status(), 302);
  EXPECT_EQ(Extra(reply).location(), "https://shop.example/pots?a=1&b=2");
}

// Programs that look where a link leads are no readers.
TEST_F(TrackingTest, WhoeverOnlyAsksForTheHeadCountsForNothing) {
  const auto link = Get(&Tracking::CheckLink, Token('c'));
  EXPECT_EQ(Extra(link).status(), 302);
  EXPECT_EQ(Extra(link).location(), "https://shop.example/pots?a=1&b=2");
  EXPECT_EQ(Extra(Get(&Tracking::CheckLink, Token('o'))).status(), 404);
  const auto pixel = Get(&Tracking::CheckPixel, Token('o'));
  EXPECT_EQ(pixel.SerializeAsString(), Get(&Tracking::CheckPixel, "x").SerializeAsString());
  EXPECT_EQ(pixel.content_type(), "image/gif");
  // Behind whatever the calls had left to be written.
  ASSERT_OK(server_.Write([](Transaction&) { return absl::OkStatus(); }));
  EXPECT_EQ(server_.Count("hit"), 0);
}

TEST_F(TrackingTest, ForgedLinksLeadNowhereAndCountForNothing) {
  std::string forged = Token('c');
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& token : {forged, Token('u'), Token('o'), std::string("x")}) {
    const auto reply = Get(&Tracking::FollowLink, token);
    EXPECT_EQ(Extra(reply).status(), 404) << token;
    EXPECT_EQ(Extra(reply).location(), "");
  }
  EXPECT_EQ(Get(&Tracking::LoadPixel, forged).content_type(), "image/gif");
  EXPECT_EQ(Extra(Get(&Tracking::ShowUnsubscribe, forged)).status(), 404);
  EXPECT_EQ(Extra(Get(&Tracking::Unsubscribe, Token('c'))).status(), 404);
  EXPECT_EQ(server_.Count("hit"), 0);
  EXPECT_EQ(server_.Count("suppression"), 0);
  // Anybody may send any number of them: none is a change, which the audit would have.
  EXPECT_EQ(server_.Count("audit WHERE method LIKE '%.TrackingService.%'"), 0);
}

TEST_F(TrackingTest, UnsubscribingTakesAPost) {
  const auto page = Get(&Tracking::ShowUnsubscribe, Token('u'));
  EXPECT_THAT(page.data(), HasSubstr("<form method=\"post\">"));
  EXPECT_THAT(page.data(), HasSubstr("Shop &amp; Co"));
  EXPECT_EQ(server_.Count("suppression"), 0);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Get(&Tracking::Unsubscribe, Token('u')).data(), HasSubstr("Unsubscribed"));
  }
  EXPECT_EQ(server_.Count("suppression"), 1);
  EXPECT_EQ(server_.Get().counts().unsubscribed(), 1);
  EXPECT_EQ(server_.Count("feed WHERE type = 'regulars.campaign.unsubscribed.v1'"), 1);
  // The next campaign of the topic passes the reader over, though consent is still there.
  ASSERT_OK(server_.MakeCampaign(
      "d", "template: 'templates/hello' audience { segment: 'segments/best' }"));
  v1::StartCampaignRequest start;
  start.set_name("campaigns/d");
  ASSERT_OK(server_.Call(&CampaignServer::Campaigns::StartCampaign, start));
  ASSERT_TRUE(server_.WaitFor(
      [&] { return server_.Get("campaigns/d").state() == v1::Campaign::STATE_FINISHED; }));
  EXPECT_EQ(server_.MessagesOf("campaigns/d").at(0).reason(), "UNSUBSCRIBED");
  EXPECT_EQ(server_.sink().count(), 1);
}

TEST_F(TrackingTest, ALinkUnsubscribesThoughItsMessageIsUnknown) {
  ASSERT_OK(server_.Write([](Transaction& tx) { return tx.Sql("DELETE FROM message").Run(); }));
  EXPECT_THAT(Get(&Tracking::Unsubscribe, Token('u')).data(), HasSubstr("Unsubscribed"));
  EXPECT_EQ(server_.Count(absl::StrCat("suppression WHERE customer = '", kMadeCustomer,
                                       "' AND topic = 'newsletter'")),
            1);
  const auto events = Unsubscribings();
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events[0].customer(), absl::StrCat("customers/", kMadeCustomer));
  EXPECT_EQ(events[0].topic(), "newsletter");
  EXPECT_EQ(events[0].message(), message_);
}

TEST_F(TrackingTest, ALinkUnsubscribesFromWhatItWasSentAs) {
  v1::UpdateTemplateRequest update;
  update.mutable_template_()->set_name("templates/hello");
  update.mutable_template_()->set_topic("offers");
  ASSERT_OK(server_.Call(&CampaignServer::Templates::UpdateTemplate, update));
  Get(&Tracking::Unsubscribe, Token('u'));
  const auto events = Unsubscribings();
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events[0].topic(), "newsletter");
  EXPECT_EQ(server_.GetMessage(message_).topic(), "newsletter");
}

// Consent may have been given in between, and its event be on its way still.
TEST_F(TrackingTest, WhoUnsubscribesAgainIsHeardOnceForEachConsent) {
  const absl::Time first = server_.server().clock().Now();
  const auto unsubscribe = [&](int times) {
    for (int i = 0; i < times; ++i) {
      server_.Advance(absl::Minutes(20));
      Get(&Tracking::Unsubscribe, Token('u'));
    }
  };
  unsubscribe(6);
  EXPECT_EQ(Unsubscribings().size(), 1);
  EXPECT_EQ(server_.Get().counts().unsubscribed(), 1);
  const auto consent = [&](absl::Time said) {
    return server_.Write(
        [&](Transaction& tx) { return TakeConsent(tx, kMadeCustomer, "newsletter", said); });
  };
  // One that was given between the first word and the last: who took it has to hear of the last.
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK(consent(first + absl::Hours(1)));
    EXPECT_EQ(server_.Count("suppression"), 1);
    ASSERT_EQ(Unsubscribings().size(), 2 + i);
    const v1::MessageFacts facts = Unsubscribings().back();
    EXPECT_EQ(facts.message(), message_);
    EXPECT_EQ(facts.time().seconds(), absl::ToUnixSeconds(first + absl::Hours(2)));
  }
  // A later consent opens the way; the next word closes it, and is told.
  ASSERT_OK(consent(first + absl::Minutes(130)));
  EXPECT_EQ(server_.Count("suppression"), 0);
  EXPECT_EQ(Unsubscribings().size(), 3);
  unsubscribe(2);
  EXPECT_EQ(server_.Count("suppression"), 1);
  EXPECT_EQ(Unsubscribings().size(), 4);
  EXPECT_EQ(server_.Get().counts().unsubscribed(), 1);
}

TEST_F(TrackingTest, WhatSomebodyHereDecidedOutlastsTheReadersWord) {
  Get(&Tracking::Unsubscribe, Token('u'));
  v1::CreateSuppressionRequest request;
  request.mutable_suppression()->set_customer(absl::StrCat("customers/", kMadeCustomer));
  request.mutable_suppression()->set_topic("newsletter");
  const auto made = server_.Call(&CampaignServer::Messages::CreateSuppression, request);
  ASSERT_OK(made);
  EXPECT_EQ(made->cause(), v1::Suppression::CAUSE_MANUAL);
  server_.Advance(absl::Hours(1));
  Get(&Tracking::Unsubscribe, Token('u'));
  EXPECT_EQ(server_.Count("suppression"), 1);
  EXPECT_EQ(server_.Count("suppression WHERE cause = 3"), 1);
}

}  // namespace
}  // namespace regulars::campaign
