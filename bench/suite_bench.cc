// The shipped programs together: what they take when idle, and what the HTTP door costs against the
// same call made directly.
#include <filesystem>
#include <map>
#include <memory>

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
// A host that takes a processor away for some milliseconds, as shared ones do every few seconds,
// spoils the p99 of the round that it hits: so many short rounds, of which the middle one counts.
// It does not see what stalls more rarely than once in a round, the programs' own stalls neither.
constexpr int kPacedRounds = 5;
constexpr absl::Duration kPacedRound = absl::Milliseconds(500);
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

// All five, who know each other, on empty stores.
class Everything {
 public:
  explicit Everything(const std::string& in)
      : folder_((std::filesystem::create_directories(in), in)), mint_(folder_) {
    for (const std::string& name : kServices) ports_[name] = FreePort();
    for (const std::string& name : kServices) Start(absl::StrCat(name, "-svc"), ports_[name]);
    Start("gateway", FreePort());
  }

  double PssMb() const {
    double sum = 0;
    for (const auto& process : processes_) sum += process->PssMb();
    return sum;
  }
  // One after another; `./dev run` starts them at once.
  absl::Duration ready_after() const {
    absl::Duration sum;
    for (const auto& process : processes_) sum += process->ready_after();
    return sum;
  }

 private:
  void Start(const std::string& name, int port) {
    std::vector<std::string> arguments = {
        absl::StrCat("--store=sqlite:", folder_, "/", name, ".db"),
        absl::StrCat("--token-keys=", name == "gateway" ? folder_ + "/own.json" : mint_.key_file()),
        absl::StrCat("--service-keys=", folder_, "/service-keys")};
    if (name == "gateway") arguments.back() = absl::StrCat("--http-listen=127.0.0.1:", FreePort());
    for (const std::string& other : kServices) {
      const std::string peer = absl::StrCat(other, "-svc");
      if (peer != name && Knows(name, other)) {
        arguments.push_back(absl::StrCat("--", peer, "=127.0.0.1:", ports_[other]));
      }
    }
    processes_.push_back(std::make_unique<Binary>(name, arguments, port));
  }

  // As docs/architecture.md draws it.
  static bool Knows(const std::string& name, const std::string& other) {
    return other == "customer" || (name != "loyalty-svc" && name != "recommend-svc");
  }

  static inline const std::vector<std::string> kServices = {"customer", "loyalty", "recommend",
                                                            "campaign"};
  const std::string folder_;
  const TokenMint mint_;
  std::map<std::string, int> ports_;
  std::vector<std::unique_ptr<Binary>> processes_;
};

void ReportAllIdle(const std::string& folder, Report& report) {
  { const Everything first(absl::StrCat(folder, "/all-first")); }
  const Everything all(absl::StrCat(folder, "/all"));
  absl::SleepFor(kIdle);
  report.Add({"all five processes: ready after", absl::ToDoubleMilliseconds(all.ready_after()),
              "ms", std::nullopt, 2000, true});
  report.Add({"all five processes: idle, PSS", all.PssMb(), "MB", std::nullopt, 200, true});
}

}  // namespace

void BenchSuite(const std::string& folder, Report& report) {
  ReportAllIdle(folder, report);
  // Once before, so that what is read from disk is in memory: its speed is not the programs'.
  { const Programs first(absl::StrCat(folder, "/first")); }
  const Programs programs(folder);
  const Binary& service = programs.service;
  const TokenMint& mint = programs.mint;
  ReportIdle(service, programs.gateway, report);
  const auto stub = v1::CustomerService::NewStub(
      grpc::CreateChannel(service.address(), grpc::InsecureChannelCredentials()));
  const std::vector<std::string> names = Fill(*stub, mint.header());

  Figures direct, http, half_direct, half_http;
  const StartCall gets = DirectGets(*stub, mint.header(), names);
  HttpLoad load = HttpGets(programs.port, mint.header(), names);
  for (int round = 0; round < kRounds; ++round) {
    load.duration = kRound;
    load.per_second = std::nullopt;
    direct.Add(RunLoad(gets, kInFlight, kRound));
    http.Add(RunHttpLoad(load));
    load.duration = kPacedRound;
    load.per_second = http.per_second.back() / 2;
    for (int paced = 0; paced < kPacedRounds; ++paced) {
      half_direct.Add(RunPacedLoad(gets, direct.per_second.back() / 2, kPacedRound));
      half_http.Add(RunHttpLoad(load));
    }
  }
  CHECK(direct.errors + http.errors + half_direct.errors + half_http.errors == 0);
  report.Add({"gateway: get customer as JSON", Median(http.per_second), "calls/s",
              Median(direct.per_second), 0.40});
  const double p99 = Median(half_http.p99_ms);
  report.Add({"gateway: p99 at half that load", p99, "ms", std::nullopt, 5, true});
  // What the machine itself lets a call take that day: the same without the gateway.
  report.Add(
      {"gateway: that p99, to the direct call's", p99, "ms", Median(half_direct.p99_ms), 2, true});
}

}  // namespace regulars::bench
