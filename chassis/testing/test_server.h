// A gRPC server in the test's own process, on a free port of the loopback interface, over a
// temporary store. Its authenticator takes tokens of the form "<principal> <scope>,<scope>[
// <realm>[ <seconds>]]": the realm may be empty, and the token ends at that Unix time.
//
//   TestServer server(kMigrations, "test", [](rpc::Environment& environment) { … services … });
//   auto stub = v1::BoxService::NewStub(server.channel());
#ifndef CHASSIS_TESTING_TEST_SERVER_H_
#define CHASSIS_TESTING_TEST_SERVER_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "chassis/rpc/service.h"
#include "chassis/testing/temp_store.h"

namespace regulars::testing {

class TestServer {
 public:
  using Services = std::vector<std::unique_ptr<grpc::Service>>;

  TestServer(absl::Span<const Migration> migrations, const std::string& service,
             const std::function<Services(const rpc::Environment&)>& make,
             StoreOptions options = {},
             const std::function<void(rpc::Environment&)>& adjust = nullptr)
      : store_(migrations, std::move(options)) {
    auto spool = rpc::Spool::Open(store_.folder() + "/spool", 64 << 20);
    CHECK(spool.ok());  // A temporary folder is writable.
    spool_ = *std::move(spool);
    environment_ = {.service = service,
                    .store = &*store_,
                    .metrics = &metrics_,
                    .authenticate = Authenticate,
                    .blocking_pool = &pool_,
                    .spool = spool_.get(),
                    .draining = &draining_};
    if (adjust) adjust(environment_);
    services_ = make(environment_);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    for (const auto& service_object : services_) builder.RegisterService(service_object.get());
    server_ = builder.BuildAndStart();
    CHECK(server_ != nullptr && port_ != 0);  // There is always a free port.
    channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  }

  ~TestServer() {
    draining_ = true;
    store_->writer().position().Close();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    server_->Wait();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  TempStore& store() { return store_; }
  FakeClock& clock() { return store_.clock(); }
  Metrics& metrics() { return metrics_; }
  rpc::Spool& spool() { return *spool_; }

 private:
  static absl::StatusOr<std::shared_ptr<const auth::Caller>> Authenticate(absl::string_view token) {
    const std::vector<std::string> parts = absl::StrSplit(token, ' ');
    if (parts.size() < 2) return Unauthenticated("TOKEN_INVALID", "not a test token");
    auth::Caller caller;
    caller.principal = parts[0];
    caller.scopes = absl::StrSplit(parts[1], ',');
    if (parts.size() > 2 && !parts[2].empty()) caller.realms = {parts[2]};
    if (int64_t seconds = 0; parts.size() > 3 && absl::SimpleAtoi(parts[3], &seconds)) {
      caller.expiry = absl::FromUnixSeconds(seconds);
    }
    return std::make_shared<const auth::Caller>(std::move(caller));
  }

  TempStore store_;
  Metrics metrics_;
  ThreadPool pool_{2, 64};
  std::unique_ptr<rpc::Spool> spool_;
  std::atomic<bool> draining_{false};
  rpc::Environment environment_;
  Services services_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// A test token that ends so long after the server's now.
inline std::string TokenFor(TestServer& server, const std::string& principal,
                            const std::string& scopes, absl::Duration lifetime) {
  return absl::StrCat(principal, " ", scopes, "  ",
                      absl::ToUnixSeconds(server.clock().Now() + lifetime));
}

// Adds a test token to a call.
inline void Authorize(grpc::ClientContext& context, const std::string& token) {
  context.AddMetadata("authorization", "Bearer " + token);
}

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_TEST_SERVER_H_
