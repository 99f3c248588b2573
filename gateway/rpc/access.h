// Users, roles, API keys, sessions and tokens: all that the gateway answers itself. Made once,
// after the store is open and before anything listens; outlives the services and all calls.
//
//   ABSL_ASSIGN_OR_RETURN(auto access, Access::Start(process->environment(), {
//       .key_file = options.token_keys, .declared_scopes = DeclaredScopes(files, services)}));
//   if (access->first_password_file()) LogInfo("first start", {{"password_file", …}});
//   access->AddMaintenance(runner);
//   auto services = access->MakeServices();
//
// Thread-safe.
#ifndef GATEWAY_RPC_ACCESS_H_
#define GATEWAY_RPC_ACCESS_H_

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/rpc/environment.h"
#include "chassis/server/version.h"
#include "chassis/tasks/runner.h"
#include "gateway/rpc/client_token.h"
#include "gateway/rpc/context.h"

namespace regulars::gateway {

class Access {
 public:
  struct Options {
    // Where the public keys are written for every service to read (--token-keys). Empty: nowhere.
    std::string key_file;
    // See DeclaredScopes().
    std::vector<std::string> declared_scopes;
    auth::TokenRules rules = {kTokenIssuer, kTokenAudience};
  };

  // Protects the store's files, makes the first signing key and the first administrator on an empty
  // store, and publishes the keys. Waits for the store.
  static absl::StatusOr<std::unique_ptr<Access>> Start(const rpc::Environment& environment,
                                                       Options options);

  // AccessService and SessionService.
  std::vector<std::unique_ptr<grpc::Service>> MakeServices();

  // The file with the first administrator's password, while it opens something.
  std::optional<std::string> first_password_file() const;

  // As a JWK set: all keys that tokens may be signed with, now or soon.
  std::string PublicKeys() const { return context_.keys.Jwks(); }

  // See client_token.h.
  absl::StatusOr<ClientToken> IssueClientToken(const ClientTokenRequest& request) const;

  // Writes the public keys to `path`, in one move; every user of the machine may read them.
  absl::Status PublishKeys(const std::string& path) const;

  // Makes the next signing key when it is time, drops keys, sessions and counters that have had
  // theirs, publishes the keys. Idle when nothing is due. Waits for the store.
  absl::Status Maintain();
  // Has the runner, which is not started yet, do it every kMaintenancePeriod.
  absl::Status AddMaintenance(TaskRunner& runner);

  static constexpr absl::Duration kMaintenancePeriod = absl::Hours(1);

 private:
  Access(const rpc::Environment& environment, Options options);
  std::unique_ptr<grpc::Service> MakeAccessService();
  std::unique_ptr<grpc::Service> MakeSessionService();

  const rpc::Environment& environment_;
  const std::string key_file_;
  AccessContext context_;
  std::mutex maintenance_;  // One at a time.
};

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_ACCESS_H_
