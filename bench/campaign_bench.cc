// A campaign to 100,000 customers, handed to a mail server that takes everything at once:
// campaign-svc as it is shipped, its customer-svc and the mail server within this process. One to
// four times as many shows that memory does not follow the audience.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/benches.h"
#include "bench/binary.h"
#include "campaign-svc/testing/fake_customers.h"
#include "campaign-svc/testing/smtp_sink.h"
#include "chassis/base/check.h"
#include "regulars/campaign/v1/campaign_service.grpc.pb.h"
#include "regulars/campaign/v1/settings_service.grpc.pb.h"
#include "regulars/campaign/v1/template_service.grpc.pb.h"

namespace regulars::bench {
namespace {

namespace v1 = ::regulars::campaign::v1;

constexpr int kRounds = 5;
constexpr int kAudience = 100'000;
constexpr int kLargeAudience = 400'000;
// Long enough that the audience is written down and the rate is that of a long run.
constexpr absl::Duration kMeasured = absl::Seconds(15);
constexpr absl::Duration kMeasuredLarge = absl::Seconds(60);
constexpr absl::Duration kPatience = absl::Seconds(60);

template <typename Stub, typename Request, typename Reply>
void Call(const Binary& service, const TokenMint& mint,
          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
          const Request& request) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", mint.header());
  Stub stub(grpc::CreateChannel(service.address(), grpc::InsecureChannelCredentials()));
  Reply reply;
  CHECK((stub.*method)(&context, request, &reply).ok());
}

void SetUp(const Binary& service, const TokenMint& mint, const std::string& segment) {
  v1::UpdateCampaignSettingsRequest settings;
  settings.mutable_settings()->set_name("settings");
  settings.mutable_settings()->set_public_url("https://crm.shop.example");
  settings.mutable_settings()->mutable_email()->set_from_address("news@shop.example");
  Call(service, mint, &v1::CampaignSettingsService::Stub::UpdateCampaignSettings, settings);
  v1::CreateTemplateRequest made;
  made.set_template_id("hello");
  auto& content = *made.mutable_template_()->mutable_content();
  content.set_subject("Hello {{customer.given_name}}");
  std::string html = "<html><body><p>Dear {{customer.given_name}},</p>";
  // About 10 KB with ten links, as newsletters are.
  for (int i = 0; i < 10; ++i) {
    absl::StrAppend(&html, "<p>", std::string(900, 'x'), " <a href=\"https://shop.example/", i,
                    "\">see</a></p>");
  }
  content.set_html(absl::StrCat(html, "</body></html>"));
  Call(service, mint, &v1::TemplateService::Stub::CreateTemplate, made);
  v1::CreateCampaignRequest campaign;
  campaign.set_campaign_id("c");
  campaign.mutable_campaign()->set_template_("templates/hello");
  campaign.mutable_campaign()->mutable_audience()->set_segment("segments/" + segment);
  Call(service, mint, &v1::CampaignService::Stub::CreateCampaign, campaign);
}

struct Figures {
  std::vector<double> first_s, per_second, memory_mb;
};

void RunOnce(const std::string& folder, campaign::FakeCustomers& customers,
             const std::string& segment, absl::Duration measured_for, Figures& figures) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const TokenMint mint(folder);
  campaign::SmtpSink sink(/*keep=*/false);
  const Binary service("campaign-svc",
                       {absl::StrCat("--store=sqlite:", folder, "/campaign.db"),
                        absl::StrCat("--token-keys=", mint.key_file()),
                        absl::StrCat("--service-keys=", folder, "/service-keys"),
                        absl::StrCat("--customer-svc=", customers.address()),
                        absl::StrCat("--smtp-server=127.0.0.1:", sink.port()), "--smtp-tls=none"});
  SetUp(service, mint, segment);
  const absl::Time start = absl::Now();
  v1::StartCampaignRequest go;
  go.set_name("campaigns/c");
  Call(service, mint, &v1::CampaignService::Stub::StartCampaign, go);
  while (sink.count() == 0) {
    CHECK(absl::Now() - start < kPatience);
    absl::SleepFor(absl::Milliseconds(5));
  }
  figures.first_s.push_back(absl::ToDoubleSeconds(absl::Now() - start));
  const int64_t before = sink.count();
  const absl::Time measured = absl::Now();
  absl::SleepFor(measured_for);
  figures.per_second.push_back(static_cast<double>(sink.count() - before) /
                               absl::ToDoubleSeconds(absl::Now() - measured));
  figures.memory_mb.push_back(service.PeakRssMb());
}

}  // namespace

void BenchCampaign(const std::string& folder, Report& report) {
  campaign::FakeCustomers customers;
  customers.AddMembers("all", kAudience);
  Figures figures;
  for (int round = 0; round < kRounds; ++round) {
    RunOnce(folder, customers, "all", kMeasured, figures);
  }
  customers.AddMembers("more", kLargeAudience);
  Figures large;
  RunOnce(folder, customers, "more", kMeasuredLarge, large);
  report.Add({"campaign: hand-over to a local mail server", Median(figures.per_second), "mails/s",
              std::nullopt, 1000});
  report.Add({"campaign to 100,000: first mail after", Median(figures.first_s), "s", std::nullopt,
              5, true});
  report.Add({"campaign-svc: most memory in all that", Median(figures.memory_mb), "MB",
              std::nullopt, 100, true});
  report.Add(
      {"campaign to 400,000: first mail after", Median(large.first_s), "s", std::nullopt, 5, true});
  report.Add(
      {"campaign to 400,000: most memory", Median(large.memory_mb), "MB", std::nullopt, 100, true});
}

}  // namespace regulars::bench
