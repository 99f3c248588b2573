// What the main() of every service is made of: flags, the store, the listening server, the admin
// port, and an ordered end on SIGTERM.
//
//   int main(int argc, char** argv) {
//     ProcessOptions options("customer");
//     if (const auto code = ParseFlags(argc, argv, options)) return *code;
//     auto process = Process::Start(options, CustomerMigrations());
//     if (!process.ok()) return Fail(process.status());
//     CustomerServices services((*process)->environment());
//     return (*process)->Serve(services.all());
//   }
//
// Process belongs to the main thread.
#ifndef CHASSIS_SERVER_PROCESS_H_
#define CHASSIS_SERVER_PROCESS_H_

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chassis/auth/service_identity.h"
#include "chassis/base/clock.h"
#include "chassis/peers/peer.h"
#include "chassis/rpc/environment.h"
#include "chassis/server/admin_http.h"
#include "chassis/server/listener_watch.h"
#include "chassis/server/tls.h"
#include "chassis/server/token_verifier.h"
#include "chassis/storage/store.h"

namespace CLI {
class App;
}

namespace regulars {

// A file beside the store, "<store>.<ending>", that outlives the store and is in no backup.
struct KeptFile {
  std::string ending;
  // What it is good for: "names who must be forgotten again".
  std::string purpose;
};

// Every option is a flag (--listen) and an environment variable (REGULARS_LISTEN); the flag wins.
struct ProcessOptions {
  // `others` are the services that this one may call: each gets a flag, --customer-svc.
  explicit ProcessOptions(std::string service_name, const std::vector<std::string>& others = {})
      : service(std::move(service_name)), service_scopes({service + ".read"}) {
    for (const std::string& other : others) peers[other] = "";
  }

  const std::string service;
  // What other services may do here, by their own keys.
  std::vector<std::string> service_scopes;
  // host:port of each service that this one may call; "" where it is not installed.
  std::map<std::string, std::string> peers;
  // Whether it calls them in its own name, with a key of its own.
  bool own_key = true;
  // The folder with the public keys of all services; "": services are not known here.
  std::string service_keys;
  // How this process speaks with other services.
  TlsFiles services;
  // host:port of the gRPC API. Port 0 takes any free one.
  std::string listen = "127.0.0.1:0";
  // host:port of the admin port.
  std::string admin_listen = "127.0.0.1:0";
  // "sqlite:<file>".
  std::string store;
  // The public keys that tokens are verified with: a JWKS file, or the URL of one.
  std::string token_keys;
  // Folder for uploads; empty: beside the store.
  std::string spool_folder;
  // Folder for backups; empty: none are made.
  std::string backup_folder;
  // How long events and audit entries are kept, in days; 0: for ever.
  int64_t feed_kept_days = 30;
  int64_t audit_kept_days = 400;
  int64_t spool_quota_mb = 8192;
  int64_t upload_max_mb = 2048;
  std::string log_level = "info";
  // PEM files. With a certificate the API speaks TLS; with a client CA callers need one too.
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;
  // Gives the process a clock that AdvanceClock moves.
  bool sandbox = false;
  // Without it the command `restore` is refused, unless --without-<ending> says that it is lost.
  std::optional<KeptFile> kept_file;
};

// Reads flags and environment into `options`. The exit code to end with at once (--help, a
// mistake), or nullopt to go on. `extra` adds the service's own flags. The command `restore --store
// sqlite:<file> --from <backup>` makes a store from a backup, with the service stopped, and ends.
std::optional<int> ParseFlags(int argc, char** argv, ProcessOptions& options,
                              const std::function<void(CLI::App&)>& extra = nullptr);

// Tells a person why the process cannot start. Returns the exit code for it.
int Fail(const absl::Status& status);

// The longest reply that one service takes from another. Pages end long before; a single order of
// 2,000 long lines does not.
inline constexpr int kMaxReplyBytes = 64 << 20;

class Process {
 public:
  // Opens the store and what handlers need. Nothing listens yet.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options,
                                                        absl::Span<const Migration> migrations);
  ~Process();

  const rpc::Environment& environment() const { return environment_; }
  Store& store() { return *store_; }
  Metrics& metrics() { return metrics_; }
  rpc::Spool& spool() { return *spool_; }
  const ProcessOptions& options() const { return options_; }
  // One of options().peers; null where it is not installed.
  Peer* peer(const std::string& service) const;
  // A channel to another service, with the certificates that the options name.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const std::string& address) const;
  // Null but in a sandbox.
  SandboxClock* sandbox_clock() { return sandbox_clock_.get(); }

  // Listens with `services` until SIGTERM or SIGINT, then drains: no new calls, at most 10 seconds
  // for those under way, `stopping` (for background work), the store. `front` makes what stands
  // before the gRPC server (an HTTP server): it is made when that listens, and destroyed before it
  // stops. A gRPC port that takes no connections any more ends it, too. Returns the exit code: 0
  // after a signal.
  using Front = std::function<absl::StatusOr<std::shared_ptr<void>>(grpc::Server&)>;
  int Serve(const std::vector<grpc::Service*>& services,
            const std::function<void()>& stopping = nullptr, const Front& front = nullptr);

 private:
  explicit Process(const ProcessOptions& options) : options_(options) {}
  absl::Status OpenStore(absl::Span<const Migration> migrations);
  absl::Status SetClock();
  absl::Status OpenPeers();
  rpc::Authenticator MakeAuthenticator();
  absl::Status Listen(const std::vector<grpc::Service*>& services);
  void WatchListener();
  absl::Status Ready() const;
  void Drain(const std::function<void()>& stopping);

  const ProcessOptions options_;
  Metrics metrics_;
  std::unique_ptr<SandboxClock> sandbox_clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<rpc::Spool> spool_;
  std::shared_ptr<auth::ServiceIdentity> identity_;
  std::map<std::string, std::unique_ptr<Peer>> peers_;
  std::unique_ptr<ThreadPool> blocking_pool_;
  std::shared_ptr<TokenVerifier> verifier_;
  rpc::Environment environment_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<AdminHttp> admin_;
  std::unique_ptr<ListenerWatch> watch_;
  std::shared_ptr<void> front_;
  int port_ = 0;
  std::atomic<bool> lost_{false};     // The gRPC port.
  std::atomic<bool> serving_{false};  // All doors are open.
  std::atomic<bool> draining_{false};
};

}  // namespace regulars

#endif  // CHASSIS_SERVER_PROCESS_H_
