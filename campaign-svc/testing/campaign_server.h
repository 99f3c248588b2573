// All of campaign-svc in a test's own process, on a fresh store, with a customer-svc and a mail
// server of the test's own.
//
//   CampaignServer server;
//   server.customers().AddMembers("best", 3);
//   ASSERT_OK_AND_ASSIGN(const v1::Campaign started, server.Start("hello", "best"));
//   EXPECT_TRUE(server.WaitFor([&] { return server.sink().count() == 3; }));
#ifndef CAMPAIGN_SVC_TESTING_CAMPAIGN_SERVER_H_
#define CAMPAIGN_SVC_TESTING_CAMPAIGN_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "campaign-svc/rpc/services.h"
#include "campaign-svc/store/schema.h"
#include "campaign-svc/testing/fake_customers.h"
#include "campaign-svc/testing/smtp_sink.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "google/protobuf/text_format.h"
#include "regulars/campaign/v1/campaign_service.grpc.pb.h"
#include "regulars/campaign/v1/message_service.grpc.pb.h"
#include "regulars/campaign/v1/settings_service.grpc.pb.h"
#include "regulars/campaign/v1/template_service.grpc.pb.h"
#include "regulars/campaign/v1/tracking_service.grpc.pb.h"

namespace regulars::campaign {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class CampaignServer {
 public:
  using Campaigns = v1::CampaignService::Stub;
  using Messages = v1::MessageService::Stub;
  using Settings = v1::CampaignSettingsService::Stub;
  using Templates = v1::TemplateService::Stub;
  using Tracking = v1::TrackingService::Stub;

  static constexpr char kAdmin[] =
      "users/admin campaign.read,campaign.write,campaign.send,campaign.admin,customer.read";

  // `adjust` changes the sender's options before it starts.
  explicit CampaignServer(const std::function<void(SenderOptions&)>& adjust = nullptr) {
    options_.smtp.host = "127.0.0.1";
    options_.smtp.port = sink_.port();
    options_.smtp.tls = SmtpTls::kNone;
    options_.smtp.reply_timeout = absl::Seconds(1);
    options_.smtp.mail_timeout = absl::Seconds(2);
    if (adjust) adjust(options_);
    server_ = std::make_unique<testing::TestServer>(
        CampaignMigrations(), "campaign",
        [this](const rpc::Environment& environment) { return Make(environment); });
  }

  ~CampaignServer() {
    StopSending();
    runner_->Stop();
  }

  // As a process does that is asked to end. It still answers.
  void StopSending() {
    services_->Stop();
    pool_->Stop();
    services_->Release();
  }

  // Ends after the step of a task that is under way.
  void StopTasks() { runner_->Stop(); }

  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Reply*),
                             const std::type_identity_t<Request>& request,
                             const std::string& token = kAdmin) {
    grpc::ClientContext context;
    if (!token.empty()) testing::Authorize(context, token);
    Stub stub(server_->channel());
    Reply reply;
    const absl::Status status = FromGrpc((stub.*method)(&context, request, &reply));
    if (!status.ok()) return status;
    return reply;
  }

  testing::TestServer& server() { return *server_; }
  FakeCustomers& customers() { return customers_; }
  SmtpSink& sink() { return sink_; }
  const Context& context() { return services_->context(); }
  // What /readyz would warn of.
  std::vector<std::string> warnings() const { return warnings_->Lines(); }
  absl::Status Write(const std::function<absl::Status(Transaction&)>& change) {
    return server_->store().Write(change);
  }

  // Puts the clock ahead, and has tasks look at it.
  void Advance(absl::Duration by) {
    server_->clock().Advance(by);
    runner_->Wake();
  }

  // Whether it comes true within some seconds.
  bool WaitFor(const std::function<bool()>& condition) {
    const absl::Time limit = absl::Now() + absl::Seconds(20);
    while (!condition()) {
      if (absl::Now() > limit) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  // --- What most tests begin with ---------------------------------------------------------------

  void SetUpSender() {
    v1::UpdateCampaignSettingsRequest request;
    *request.mutable_settings() = Parse<v1::CampaignSettings>(R"pb(
      name: "settings"
      public_url: "https://crm.shop.example"
      company_name: "Shop & Co"
      email { from_address: "news@shop.example" from_name: "The Shop" })pb");
    EXPECT_OK(Call(&Settings::UpdateCampaignSettings, request));
  }

  // A marketing template, unless `text` says otherwise.
  absl::StatusOr<v1::Template> MakeTemplate(const std::string& id, const std::string& text) {
    v1::CreateTemplateRequest request;
    request.set_template_id(id);
    *request.mutable_template_() = Parse<v1::Template>(text);
    return Call(&Templates::CreateTemplate, request);
  }

  absl::StatusOr<v1::Campaign> MakeCampaign(const std::string& id, const std::string& text) {
    v1::CreateCampaignRequest request;
    request.set_campaign_id(id);
    *request.mutable_campaign() = Parse<v1::Campaign>(text);
    return Call(&Campaigns::CreateCampaign, request);
  }

  // Makes and starts "c", a campaign of the template to the segment.
  absl::StatusOr<v1::Campaign> Start(const std::string& template_id, const std::string& segment) {
    const auto made =
        MakeCampaign("c", absl::StrCat("template: 'templates/", template_id,
                                       "' audience { segment: 'segments/", segment, "' }"));
    if (!made.ok()) return made;
    v1::StartCampaignRequest request;
    request.set_name("campaigns/c");
    return Call(&Campaigns::StartCampaign, request);
  }

  v1::Campaign Get(const std::string& name = "campaigns/c") {
    v1::GetCampaignRequest request;
    request.set_name(name);
    return Call(&Campaigns::GetCampaign, request).value_or(v1::Campaign());
  }

  v1::Message GetMessage(const std::string& name) {
    v1::GetMessageRequest request;
    request.set_name(name);
    return Call(&Messages::GetMessage, request).value_or(v1::Message());
  }

  std::vector<v1::Message> MessagesOf(const std::string& campaign) {
    v1::ListMessagesRequest request;
    request.set_campaign(campaign);
    request.set_page_size(1000);
    const auto reply = Call(&Messages::ListMessages, request);
    EXPECT_OK(reply);
    if (!reply.ok()) return {};
    return {reply->messages().begin(), reply->messages().end()};
  }

  bool WaitForState(const std::string& message, v1::Message::State state) {
    return WaitFor([&] { return GetMessage(message).state() == state; });
  }

  int64_t Count(const std::string& from) {
    int64_t count = -1;
    const absl::Status read = server_->store().Read([&](Snapshot& db) -> absl::Status {
      const std::string sql = absl::StrCat("SELECT COUNT(*) FROM ", from);
      ABSL_ASSIGN_OR_RETURN(const auto row, db.Sql(sql).First<int64_t>());
      count = row.value();
      return absl::OkStatus();
    });
    CHECK(read.ok());  // The test wrote the SQL.
    return count;
  }

 private:
  testing::TestServer::Services Make(const rpc::Environment& environment) {
    runner_ = std::make_unique<TaskRunner>(*environment.store);
    pool_ = std::make_unique<EffectPool>(*environment.store, *environment.metrics);
    warnings_ = environment.warnings;
    auto made = Services::Make(environment, *runner_, *pool_,
                               Upstreams{.customer = customers_.peer()}, options_);
    CHECK(made.ok());  // A fresh store takes its first key.
    services_ = *std::move(made);
    runner_->Start();
    pool_->Start();
    return std::move(services_->owned);
  }

  FakeCustomers customers_;
  SmtpSink sink_;
  SenderOptions options_;
  std::shared_ptr<Warnings> warnings_;
  std::unique_ptr<TaskRunner> runner_;
  std::unique_ptr<EffectPool> pool_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<testing::TestServer> server_;
};

inline constexpr char kHello[] = R"pb(
  display_name: "Hello"
  content {
    subject: "Hello {{customer.given_name}}"
    text: "Dear {{customer.given_name}}, see https://shop.example/pots\n"
    html: "<p>Dear {{customer.given_name}}, <a href=\"https://shop.example/pots?a=1&amp;b=2\">see</a></p>"
  })pb";

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_TESTING_CAMPAIGN_SERVER_H_
