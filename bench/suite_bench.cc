// The shipped programs together: what they take when idle, and what the HTTP door costs against the
// same call made directly.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "bench/benches.h"
#include "bench/binary.h"
#include "bench/grpc_load.h"
#include "bench/http_load.h"
#include "chassis/base/check.h"
#include "regulars/customer/v1/customer_service.grpc.pb.h"

namespace regulars::bench {
namespace {

namespace v1 = ::regulars::customer::v1;
using Stub = v1::CustomerService::Stub;

constexpr int kInFlight = 128;
constexpr int kRounds = 5;
constexpr absl::Duration kRound = absl::Seconds(2);
constexpr int kCustomers = 10'000;
// Memory settles after the start.
constexpr absl::Duration kIdle = absl::Seconds(2);

v1::Customer MakeCustomer(int i) {
  v1::Customer customer;
  customer.set_given_name("Élise");
  customer.set_family_name(absl::StrCat("Müller-", i));
  customer.set_language("fr-CH");
  customer.set_country("CH");
  customer.set_home_store("geneva-1");
  customer.add_emails()->set_address(absl::StrCat("elise.", i, "@example.com"));
  customer.add_phones()->set_number("+41223100000");
  auto* id = customer.add_external_ids();
  id->set_system("erp");
  id->set_id(absl::StrCat("C", 100'000'000 + i));
  customer.add_tags("newsletter");
  customer.add_tags("b2c");
  return customer;
}

// Names of customers that are there.
std::vector<std::string> Fill(Stub& stub, const std::string& token) {
  std::vector<std::string> names;
  for (int i = 0; i < kCustomers;) {
    v1::BatchUpsertCustomersRequest request;
    for (int j = 0; j < 1000; ++j, ++i)
      *request.add_upserts()->mutable_customer() = MakeCustomer(i);
    grpc::ClientContext context;
    context.AddMetadata("authorization", token);
    v1::BatchUpsertCustomersResponse response;
    const grpc::Status status = stub.BatchUpsertCustomers(&context, request, &response);
    CHECK(status.ok());
    for (const auto& result : response.results()) names.push_back(result.name());
  }
  return names;
}

StartCall DirectGets(Stub& stub, const std::string& token, const std::vector<std::string>& names) {
  auto next = std::make_shared<std::atomic<size_t>>(0);
  return GrpcCalls<v1::GetCustomerRequest, v1::Customer>(
      token,
      [next, &names](v1::GetCustomerRequest& request) {
        request.set_name(names[++*next * 7919 % names.size()]);
      },
      [&stub](auto* context, auto* request, auto* response, auto done) {
        stub.async()->GetCustomer(context, request, response, done);
      });
}

HttpLoad HttpGets(int port, const std::string& token, const std::vector<std::string>& names) {
  auto next = std::make_shared<size_t>(0);
  return {.port = port,
          .connections = kInFlight,
          .next =
              [next, &token, &names] {
                return absl::StrCat("GET /api/customer/v1/", names[++*next * 7919 % names.size()],
                                    " HTTP/1.1\r\nHost: localhost\r\nAuthorization: ", token,
                                    "\r\n\r\n");
              },
          .duration = kRound};
}

// A shop's door and its customers, in a folder of their own.
struct Programs {
  explicit Programs(const std::string& in)
      : folder((std::filesystem::create_directories(in), in)),
        mint(folder),
        service("customer-svc", {absl::StrCat("--store=sqlite:", folder, "/customer.db"),
                                 absl::StrCat("--token-keys=", mint.key_file())}),
        gateway("gateway", {absl::StrCat("--store=sqlite:", folder, "/access.db"),
                            absl::StrCat("--token-keys=", folder, "/gateway-keys.json"),
                            absl::StrCat("--http-listen=127.0.0.1:", port),
                            absl::StrCat("--customer-svc=", service.address()), "--rate=1000000",
                            "--burst=1000000"}) {}

  const std::string folder;
  const TokenMint mint;
  const int port = FreePort();
  const Binary service;
  const Binary gateway;
};

void ReportIdle(const Binary& service, const Binary& gateway, Report& report) {
  absl::SleepFor(kIdle);
  const auto add = [&](const char* name, double value, const char* unit, double target) {
    report.Add({name, value, unit, std::nullopt, target, true});
  };
  add("customer-svc: ready after", absl::ToDoubleMilliseconds(service.ready_after()), "ms", 1000);
  add("gateway: ready after", absl::ToDoubleMilliseconds(gateway.ready_after()), "ms", 1000);
  add("customer-svc: idle, PSS", service.PssMb(), "MB", 40);
  add("gateway: idle, PSS", gateway.PssMb(), "MB", 40);
}

}  // namespace

void BenchSuite(const std::string& folder, Report& report) {
  // Once before, so that what is read from disk is in memory: its speed is not the programs'.
  { const Programs first(absl::StrCat(folder, "/first")); }
  const Programs programs(folder);
  const Binary& service = programs.service;
  const TokenMint& mint = programs.mint;
  ReportIdle(service, programs.gateway, report);
  const auto stub = v1::CustomerService::NewStub(
      grpc::CreateChannel(service.address(), grpc::InsecureChannelCredentials()));
  const std::vector<std::string> names = Fill(*stub, mint.header());

  Figures direct, http, half;
  const StartCall gets = DirectGets(*stub, mint.header(), names);
  HttpLoad load = HttpGets(programs.port, mint.header(), names);
  for (int round = 0; round < kRounds; ++round) {
    direct.Add(RunLoad(gets, kInFlight, kRound));
    load.per_second = std::nullopt;
    http.Add(RunHttpLoad(load));
    load.per_second = http.per_second.back() / 2;
    half.Add(RunHttpLoad(load));
  }
  CHECK(direct.errors + http.errors + half.errors == 0);
  report.Add({"gateway: get customer as JSON", Median(http.per_second), "calls/s",
              Median(direct.per_second), 0.40});
  report.Add({"gateway: p99 at half that load", Median(half.p99_ms), "ms", std::nullopt, 5, true});
}

}  // namespace regulars::bench
