// A real shop's year (see docs/guides/first-shop.md) through the HTTP door: uploaded, read, scored
// and segmented, while somebody goes on making customers by hand.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/benches.h"
#include "bench/binary.h"
#include "bench/http_load.h"
#include "chassis/base/check.h"
#include "regulars/customer/v1/customer_service.grpc.pb.h"

namespace regulars::bench {
namespace {

using nlohmann::json;

constexpr char kShop[] = "../shared/data/online-retail/online_retail.csv.gz";
constexpr char kProfile[] = "examples/online-retail.json";
constexpr char kApi[] = "/api/customer/v1/";
constexpr int kLines = 541'909;
// By the independent script (tests/flows/oracle): bad debt and stock corrections are ignored.
constexpr int kLinesStored = 540'570;
constexpr int kRounds = 5;
constexpr absl::Duration kPollInterval = absl::Milliseconds(20);
constexpr absl::Duration kBetweenWrites = absl::Milliseconds(10);

std::string ReadFile(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

std::string Line(const std::string& text, const std::string& key) {
  const size_t begin = text.find(key) + key.size();
  CHECK(begin >= key.size());
  return text.substr(begin, text.find('\n', begin) - begin);
}

// customer-svc and the gateway with the shop's settings, and calls to them by the administrator:
// the gateway lets nobody send a body whose token it did not make itself.
class Company {
 public:
  explicit Company(const std::string& folder)
      : folder_(folder),
        service_("customer-svc",
                 {absl::StrCat("--store=sqlite:", folder, "/customer.db"), MakeKeys()}),
        gateway_("gateway", GatewayFlags({absl::StrCat("--customer-svc=", service_.address()),
                                          "--rate=1000000", "--burst=1000000"})) {
    SignIn();
    Call("PATCH", "companySettings",
         R"({"timeZone": "Europe/London", "baseCurrency": "GBP", "country": "GB",
             "rfm": {"day": "RFM_DAY_AFTER_LAST_ORDER"}})");
    Call("POST", "importProfiles?importProfileId=shop", ReadFile(kProfile));
  }

  const Binary& service() const { return service_; }
  const Binary& gateway() const { return gateway_; }
  const std::string& token() const { return token_; }

  json Call(const std::string& method, const std::string& path, const std::string& body = "",
            const std::string& type = "application/json") const {
    return Send(method, absl::StrCat(kApi, path), body, type);
  }

  // Waits for an operation; its response.
  json Await(json operation) const {
    while (!operation.value("done", false)) {
      absl::SleepFor(kPollInterval);
      operation = Call("GET", operation["name"]);
    }
    CHECK(operation.contains("response"));
    return operation["response"];
  }

 private:
  json Send(const std::string& method, const std::string& target, const std::string& body,
            const std::string& type = "application/json") const {
    const std::string authorization =
        token_.empty() ? "" : absl::StrCat("\r\nAuthorization: ", token_);
    return json::parse(HttpCall(
        http_port_,
        absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: localhost", authorization,
                     "\r\nContent-Type: ", type, "\r\nContent-Length: ", body.size(), "\r\n\r\n"),
        body));
  }

  std::vector<std::string> GatewayFlags(std::vector<std::string> more) const {
    more.push_back(absl::StrCat("--store=sqlite:", folder_, "/access.db"));
    more.push_back(KeysFlag());
    more.push_back(absl::StrCat("--http-listen=127.0.0.1:", http_port_));
    return more;
  }
  std::string KeysFlag() const { return absl::StrCat("--token-keys=", folder_, "/keys.json"); }

  // The gateway's first start makes the keys without which the service is not ready.
  std::string MakeKeys() const {
    const Binary first("gateway", GatewayFlags({}));
    return KeysFlag();
  }

  void SignIn() {
    const std::string once = ReadFile(folder_ + "/access.db.admin-password");
    const std::string password = Line(once, "password: ");
    const auto session = [this](const std::string& method, const json& body) {
      token_ = "Bearer " + std::string(Send("POST", "/api/access/v1/session:" + method,
                                            body.dump())["accessToken"]);
    };
    session("signIn", {{"email", Line(once, "email: ")}, {"password", password}});
    session("changePassword",
            {{"currentPassword", password}, {"newPassword", "correct horse battery"}});
  }

  const std::string folder_;
  const int http_port_ = FreePort();
  std::string token_;
  Binary service_;
  Binary gateway_;
};

// Somebody at a keyboard: one write after another with a pause between.
class Clerk {
 public:
  explicit Clerk(const Company& company)
      : thread_([this, &company] {
          const auto stub = customer::v1::CustomerService::NewStub(
              grpc::CreateChannel(company.service().address(), grpc::InsecureChannelCredentials()));
          for (int i = 0; !stop_; ++i) {
            customer::v1::CreateCustomerRequest request;
            request.mutable_customer()->set_given_name(absl::StrCat("Clerk ", i));
            customer::v1::Customer made;
            grpc::ClientContext context;
            context.AddMetadata("authorization", company.token());
            CHECK(stub->CreateCustomer(&context, request, &made).ok());
            absl::SleepFor(kBetweenWrites);
          }
        }) {}
  ~Clerk() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

struct Results {
  std::vector<double> lines_per_second, all_seconds, memory_mb, gateway_mb, wait_ms;
};

void RunOnce(const std::string& folder, const std::string& file, bool disturbed, Results& figures) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const Company company(folder);
  std::optional<Clerk> clerk;
  if (disturbed) clerk.emplace(company);
  const absl::Time start = absl::Now();
  const json import = company.Await(
      company.Call("POST", "orders:import?profile=importProfiles/shop", file, "text/csv"));
  const absl::Duration imported = absl::Now() - start;
  company.Await(company.Call("POST", "rfmTable:compute", "{}"));
  json segment = company.Call("POST", "segments?segmentId=champions",
                              R"({"filter": "rfm.recency = 5 AND rfm.frequency = 5"})");
  while (segment["state"] == "STATE_COMPUTING") {
    absl::SleepFor(kPollInterval);
    segment = company.Call("GET", "segments/champions");
  }
  const absl::Duration all = absl::Now() - start;
  clerk.reset();
  const json& lines = import["report"];
  CHECK(lines["linesRead"] == absl::StrCat(kLines) &&
        lines["linesStored"] == absl::StrCat(kLinesStored) && lines["linesRefused"] == "0");
  CHECK(segment["state"] == "STATE_READY" && segment["memberCount"] != "0");
  if (disturbed) {
    const double longest_us = company.service().Metric("regulars_longest_wait_for_slice_us");
    CHECK(longest_us > 0);  // Else no write of the clerk met a step of the import.
    figures.wait_ms.push_back(longest_us / 1000);
    return;
  }
  figures.lines_per_second.push_back(kLines / absl::ToDoubleSeconds(imported));
  figures.all_seconds.push_back(absl::ToDoubleSeconds(all));
  figures.memory_mb.push_back(company.service().PeakRssMb());
  figures.gateway_mb.push_back(company.gateway().PeakRssMb());
}

}  // namespace

void BenchImport(const std::string& folder, Report& report) {
  if (!std::filesystem::exists(kShop)) {
    report.Skip("order import through the gateway", absl::StrCat(kShop, " is not here"));
    return;
  }
  const std::string plain = absl::StrCat(folder, "/shop.csv");
  CHECK(std::system(absl::StrCat("gzip -dc ", kShop, " >", plain).c_str()) == 0);
  const std::string file = ReadFile(plain);
  Results figures;
  for (int round = 0; round < kRounds; ++round) {
    RunOnce(folder + "/company", file, /*disturbed=*/false, figures);
    RunOnce(folder + "/company", file, /*disturbed=*/true, figures);
  }
  report.Add({"order import through the gateway", Median(figures.lines_per_second), "lines/s",
              std::nullopt, 40'000});
  report.Add({"the shop imported, scored, segmented", Median(figures.all_seconds), "s",
              std::nullopt, 30, true});
  report.Add({"customer-svc: most memory in all that", Median(figures.memory_mb), "MB",
              std::nullopt, 150, true});
  report.Add({"gateway: most memory in all that", Median(figures.gateway_mb), "MB", std::nullopt,
              150, true});
  report.Add({"import: longest wait of a write for a step",
              *std::max_element(figures.wait_ms.begin(), figures.wait_ms.end()), "ms", std::nullopt,
              5, true});
}

}  // namespace regulars::bench
