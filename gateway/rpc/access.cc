#include "gateway/rpc/access.h"

#include <unistd.h>

#include <algorithm>
#include <any>
#include <utility>

#include "chassis/base/check.h"
#include "chassis/base/files.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"
#include "chassis/rpc/service.h"
#include "chassis/tasks/task.h"
#include "gateway/domain/attempts.h"
#include "gateway/domain/key_schedule.h"
#include "gateway/rpc/api_key_methods.h"
#include "gateway/rpc/convert.h"
#include "gateway/rpc/files.h"
#include "gateway/rpc/first_start.h"
#include "gateway/rpc/password_methods.h"
#include "gateway/rpc/role_methods.h"
#include "gateway/rpc/session_methods.h"
#include "gateway/rpc/user_methods.h"
#include "gateway/store/attempts.h"
#include "gateway/store/sessions.h"
#include "gateway/store/signing_keys.h"
#include "regulars/access/v1/access_service.grpc.pb.h"
#include "regulars/access/v1/session_service.grpc.pb.h"

namespace regulars::gateway {
namespace {

constexpr char kMaintenanceKind[] = "access.maintain";
constexpr mode_t kEverybodyReads = 0644;
// Rows of one kind that one run of the maintenance drops; the next goes on.
constexpr int64_t kDroppedAtOnce = 1000;

std::vector<absl::Time> SignTimes(const std::vector<signing_keys::StoredKey>& keys) {
  std::vector<absl::Time> times;
  for (const signing_keys::StoredKey& key : keys) times.push_back(key.sign_time);
  return times;
}

// "" before the first start.
std::string SignerId(const KeyRing& keys, absl::Time now) {
  return keys.Jwks().empty() ? "" : keys.Signer(now).public_key().id();
}

// `fresh` is there in case a key is needed: changes have no randomness for secrets. Gives the keys
// as they are then. What `ring` signs with stays, though its successor should: that one could not
// be published yet.
absl::StatusOr<std::vector<signing_keys::StoredKey>> RotateKeys(Transaction& tx,
                                                                const KeyRing& ring,
                                                                const auth::SigningKey& fresh) {
  const std::string signer = SignerId(ring, tx.now());
  ABSL_ASSIGN_OR_RETURN(const auto keys, signing_keys::List(tx));
  const std::vector<absl::Time> times = SignTimes(keys);
  for (size_t i = 0; i < KeysDone(times, tx.now()) && keys[i].id != signer; ++i) {
    ABSL_RETURN_IF_ERROR(signing_keys::Delete(tx, keys[i].id));
  }
  if (const std::optional<absl::Time> signs = NextKeySigns(times, tx.now())) {
    ABSL_RETURN_IF_ERROR(signing_keys::Insert(
        tx, {.id = fresh.public_key().id(), .private_pem = fresh.ToPem(), .sign_time = *signs}));
    LogInfo("new signing key", {{"key", fresh.public_key().id()},
                                {"signs_from", absl::FormatTime(*signs, absl::UTCTimeZone())}});
  }
  return signing_keys::List(tx);
}

// Registers a write that wants to know the context.
template <typename Reply, typename Request>
void AddWrite(rpc::Service& service, absl::string_view method, const AccessContext& context,
              absl::StatusOr<Reply> (*function)(const AccessContext&, Transaction&,
                                                const Request&)) {
  service.Write(method, [&context, function](Transaction& tx, const Request& request) {
    return function(context, tx, request);
  });
}

absl::Status Publish(const KeyRing& keys, const std::string& path) {
  return WriteFileAtomically(path, keys.Jwks(), kEverybodyReads);
}

absl::Status DropOldRows(Transaction& tx) {
  ABSL_RETURN_IF_ERROR(sessions::ForgetExpired(tx, kDroppedAtOnce));
  const absl::Duration longest =
      std::max({kPerUserAndSource.forget_after, kPerUser.forget_after, kPerSource.forget_after});
  return attempts::ForgetOld(tx, tx.now() - longest, kDroppedAtOnce);
}

}  // namespace

Access::Access(const rpc::Environment& environment, Options options)
    : environment_(environment),
      key_file_(std::move(options.key_file)),
      context_{.store = *environment.store,
               .rules = std::move(options.rules),
               .declared_scopes = std::move(options.declared_scopes),
               .password_file = FirstPasswordFile(environment.store->path())} {
  // SignIn and its kin wait, and must do so off gRPC's threads.
  CHECK(environment.blocking_pool != nullptr);
}

absl::StatusOr<std::unique_ptr<Access>> Access::Start(const rpc::Environment& environment,
                                                      Options options) {
  ABSL_RETURN_IF_ERROR(ProtectStoreFiles(environment.store->path()));
  std::unique_ptr<Access> access(new Access(environment, std::move(options)));
  ABSL_RETURN_IF_ERROR(MakeFirstAdmin(access->context_).status());
  RemovePasswordFileWhenReplaced(access->context_);
  ABSL_RETURN_IF_ERROR(access->Maintain());
  return access;
}

std::optional<std::string> Access::first_password_file() const {
  if (::access(context_.password_file.c_str(), F_OK) != 0) return std::nullopt;
  return context_.password_file;
}

absl::StatusOr<ClientToken> Access::IssueClientToken(const ClientTokenRequest& request) const {
  return gateway::IssueClientToken(context_, request);
}

absl::Status Access::PublishKeys(const std::string& path) const {
  return Publish(context_.keys, path);
}

absl::Status Access::Maintain() {
  const std::lock_guard lock(maintenance_);
  const auth::SigningKey fresh = auth::SigningKey::Generate();
  std::vector<signing_keys::StoredKey> keys;
  ABSL_RETURN_IF_ERROR(
      context_.store.writer().Write(Lane::kTasks, {}, [&](Transaction& tx) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(keys, RotateKeys(tx, context_.keys, fresh));
        return DropOldRows(tx);
      }));
  // Published first: a key that nobody knows signs nothing, and those that are known go on.
  KeyRing next;
  ABSL_RETURN_IF_ERROR(next.Set(keys));
  if (!key_file_.empty()) ABSL_RETURN_IF_ERROR(Publish(next, key_file_));
  ABSL_RETURN_IF_ERROR(context_.keys.Set(keys));
  return RemoveStalePasswordFile(context_);
}

absl::Status Access::AddMaintenance(TaskRunner& runner) {
  runner.Add(kMaintenanceKind,
             {.prepare = [this](const Task&) -> absl::StatusOr<std::any> {
                ABSL_RETURN_IF_ERROR(Maintain());
                return std::any();
              },
              .step = [](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
                return StepEnd::Done();
              }});
  return context_.store.writer().Write(Lane::kTasks, {}, [](Transaction& tx) {
    return tasks::ScheduleRecurring(tx, kMaintenanceKind, kMaintenancePeriod,
                                    tx.now() + kMaintenancePeriod);
  });
}

std::vector<std::unique_ptr<grpc::Service>> Access::MakeServices() {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(MakeAccessService());
  services.push_back(MakeSessionService());
  return services;
}

std::unique_ptr<grpc::Service> Access::MakeAccessService() {
  auto service =
      std::make_unique<rpc::Service>(environment_, v1::AccessService::service_full_name());
  AccessContext& context = context_;
  const auto write = [&](absl::string_view method, auto function) {
    AddWrite(*service, method, context, function);
  };
  write("CreateUser", CreateUser);
  service->Read("GetUser", GetUser);
  service->Read("ListUsers", ListUsers);
  write("UpdateUser", UpdateUser);
  write("DeleteUser", DeleteUser);
  service->Gather("ResetUserPassword",
                  [&context](const Origin& origin, const v1::ResetUserPasswordRequest& request) {
                    return ResetUserPassword(context, origin, request);
                  });
  write("CreateRole", CreateRole);
  service->Read("GetRole", GetRole);
  service->Read("ListRoles", ListRoles);
  write("UpdateRole", UpdateRole);
  write("DeleteRole", DeleteRole);
  write("CreateApiKey", CreateApiKey);
  service->Read("GetApiKey", GetApiKey);
  service->Read("ListApiKeys", ListApiKeys);
  write("UpdateApiKey", UpdateApiKey);
  write("DeleteApiKey", DeleteApiKey);
  service->Gather("AddApiKeySecret",
                  [&context](const Origin& origin, const v1::AddApiKeySecretRequest& request) {
                    return AddApiKeySecret(context, origin, request);
                  });
  write("RevokeApiKeySecret", RevokeApiKeySecret);
  service->Finish();
  return service;
}

std::unique_ptr<grpc::Service> Access::MakeSessionService() {
  auto service =
      std::make_unique<rpc::Service>(environment_, v1::SessionService::service_full_name());
  AccessContext& context = context_;
  service->Gather("SignIn", [&context](const Origin& origin, const v1::SignInRequest& request) {
    return SignIn(context, origin, request);
  });
  service->Gather("RefreshToken",
                  [&context](const Origin& origin, const v1::RefreshTokenRequest& request) {
                    return RefreshSession(context, origin, request);
                  });
  service->Write("SignOut", SignOut);
  service->Gather("ChangePassword",
                  [&context](const Origin& origin, const v1::ChangePasswordRequest& request) {
                    return ChangePassword(context, origin, request);
                  });
  service->Read("WhoAmI", [&context](Snapshot& db, const v1::WhoAmIRequest& request) {
    return WhoAmI(context, db, request);
  });
  service->Read("GetKeySet",
                [&context](Snapshot&, const v1::GetKeySetRequest&) { return GetKeySet(context); });
  service->Finish();
  return service;
}

}  // namespace regulars::gateway
