#include "campaign-svc/rpc/services.h"

#include <map>
#include <string>
#include <utility>

#include "campaign-svc/delivery/restored.h"
#include "campaign-svc/rpc/campaign_service.h"
#include "campaign-svc/rpc/message_service.h"
#include "campaign-svc/rpc/personal_data.h"
#include "campaign-svc/rpc/settings_service.h"
#include "campaign-svc/rpc/template_service.h"
#include "campaign-svc/rpc/tracking_service.h"
#include "campaign-svc/store/settings.h"
#include "chassis/admin/admin_service.h"
#include "chassis/admin/maintenance.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "chassis/feed/feed_service.h"
#include "chassis/observe/log.h"
#include "chassis/privacy/erasure_task.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/tasks/operations.h"
#include "regulars/campaign/v1/events.pb.h"

namespace regulars::campaign {
namespace {

// The secrets of the store; a new store gets its first. It is made outside the change: a change
// follows from its input.
absl::StatusOr<std::map<int64_t, std::string>> LinkSecrets(Store& store) {
  const std::string fresh = SecureRandomBytes(LinkSigner::kSecretBytes);
  std::map<int64_t, std::string> secrets;
  ABSL_RETURN_IF_ERROR(
      store.writer().Write(Lane::kInteractive, Origin(), [&](Transaction& tx) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(secrets, link_keys::List(tx));
        if (!secrets.empty()) return absl::OkStatus();
        secrets[1] = fresh;
        return link_keys::Insert(tx, 1, fresh);
      }));
  return secrets;
}

// Holds what a restored store would send again.
absl::Status LookForRestore(Store& store, SenderOptions::InFlight single_in_flight) {
  const std::string epoch = store.writer().epoch();
  for (bool done = false; !done;) {
    ABSL_RETURN_IF_ERROR(
        store.writer().Write(Lane::kInteractive, Origin(), [&](Transaction& tx) -> absl::Status {
          ABSL_ASSIGN_OR_RETURN(done, HoldRestored(tx, epoch, single_in_flight));
          return absl::OkStatus();
        }));
  }
  return absl::OkStatus();
}

Event ErasureConfirmed(const std::string& erasure, const std::string& customer) {
  v1::ErasureConfirmed confirmed;
  confirmed.set_erasure(erasure);
  confirmed.set_customer(customer);
  return PackEvent(erasure, "", confirmed);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Services>> Services::Make(const rpc::Environment& environment,
                                                         TaskRunner& runner, EffectPool& pool,
                                                         Upstreams upstreams,
                                                         SenderOptions options) {
  ABSL_ASSIGN_OR_RETURN(const auto secrets, LinkSecrets(*environment.store));
  ABSL_RETURN_IF_ERROR(LookForRestore(*environment.store, options.single_in_flight));
  std::unique_ptr<Services> services(new Services());
  services->signer_ = std::make_unique<LinkSigner>(secrets);
  // The first key hashes addresses for ever: another would find none of them again.
  const std::string& hash_secret = secrets.begin()->second;
  services->context_ = std::make_unique<Context>(
      Context{environment, upstreams, *services->signer_, hash_secret, services->cache_});
  services->sender_ = std::make_unique<Sender>(*environment.store, upstreams, services->cache_,
                                               *services->signer_, hash_secret, std::move(options));
  MailReport::Export(services->sender_->report(), *environment.metrics, *environment.warnings);
  environment.warnings->Add(
      [troubles = services->sender_->people().troubles()] { return troubles->Line(); });
  services->sender_->AddTo(pool);
  const Context& context = *services->context_;
  auto& owned = services->owned;
  owned.push_back(RegisterTemplates(context));
  owned.push_back(RegisterCampaigns(context, runner));
  owned.push_back(RegisterMessages(context));
  owned.push_back(RegisterSettings(context));
  owned.push_back(RegisterTracking(context, runner));
  const auto describe = [](Snapshot&, const Task& task) { return DescribeBackupTask(task); };
  AddErasureTask(runner, *context.environment.store, ErasureConfirmed);
  owned.push_back(MakePrivacyService(environment, CollectPersonalData));
  owned.push_back(MakeAdminService(environment, runner, describe));
  owned.push_back(MakeOperationsService(environment, runner, describe));
  owned.push_back(MakeFeedService(environment));
  AddMaintenance(environment, runner);
  return services;
}

void Services::Release() {
  const absl::Status released = sender_->Release();
  if (released.ok()) return;
  LogWarning("messages stay claimed until the next start",
             {{"why", std::string(released.message())}});
}

std::vector<grpc::Service*> Services::all() const {
  std::vector<grpc::Service*> all;
  for (const auto& service : owned) all.push_back(service.get());
  return all;
}

}  // namespace regulars::campaign
