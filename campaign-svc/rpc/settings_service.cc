#include "campaign-svc/rpc/settings_service.h"

#include <set>
#include <string>
#include <utility>

#include "campaign-svc/domain/settings.h"
#include "campaign-svc/rpc/messages.h"
#include "campaign-svc/store/settings.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "regulars/campaign/v1/settings_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

constexpr char kName[] = "settings";

std::string EtagOf(const Settings& settings) {
  return MakeEtag(settings.version, settings.update_time.value_or(absl::UnixEpoch()));
}

v1::CampaignSettings ToMessage(const Settings& settings) {
  v1::CampaignSettings message;
  message.set_name(kName);
  message.set_public_url(settings.public_url);
  message.set_company_name(settings.company_name);
  message.set_postal_address(settings.postal_address);
  message.mutable_email()->set_from_address(settings.from_address);
  message.mutable_email()->set_from_name(settings.from_name);
  message.mutable_email()->set_reply_to(settings.reply_to);
  message.mutable_email()->set_max_per_second(static_cast<int32_t>(settings.max_per_second));
  if (settings.update_time) {
    *message.mutable_update_time() = rpc::ToTimestamp(*settings.update_time);
  }
  message.set_etag(EtagOf(settings));
  return message;
}

// The fields that callers write: how each is told to be set, and taken over.
struct Field {
  const char* path;
  bool (*is_set)(const v1::CampaignSettings&);
  void (*take)(const v1::CampaignSettings&, Settings&);
};
using Message = v1::CampaignSettings;
constexpr Field kFields[] = {
    {"public_url", [](const Message& m) { return !m.public_url().empty(); },
     [](const Message& m, Settings& s) { s.public_url = m.public_url(); }},
    {"company_name", [](const Message& m) { return !m.company_name().empty(); },
     [](const Message& m, Settings& s) { s.company_name = m.company_name(); }},
    {"postal_address", [](const Message& m) { return !m.postal_address().empty(); },
     [](const Message& m, Settings& s) { s.postal_address = m.postal_address(); }},
    {"email.from_address", [](const Message& m) { return !m.email().from_address().empty(); },
     [](const Message& m, Settings& s) { s.from_address = m.email().from_address(); }},
    {"email.from_name", [](const Message& m) { return !m.email().from_name().empty(); },
     [](const Message& m, Settings& s) { s.from_name = m.email().from_name(); }},
    {"email.reply_to", [](const Message& m) { return !m.email().reply_to().empty(); },
     [](const Message& m, Settings& s) { s.reply_to = m.email().reply_to(); }},
    {"email.max_per_second", [](const Message& m) { return m.email().max_per_second() != 0; },
     [](const Message& m, Settings& s) { s.max_per_second = m.email().max_per_second(); }},
};

absl::Status CheckName(const std::string& name, absl::string_view field) {
  if (name == kName) return absl::OkStatus();
  return FieldError(field, name.empty() ? "NAME_MISSING" : "INVALID_NAME", "must be 'settings'");
}

absl::StatusOr<v1::CampaignSettings> GetCampaignSettings(
    Snapshot& db, const v1::GetCampaignSettingsRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckName(request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(db));
  return ToMessage(settings);
}

absl::StatusOr<v1::CampaignSettings> UpdateCampaignSettings(
    Transaction& tx, const v1::UpdateCampaignSettingsRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::CampaignSettings& message = request.settings();
  ABSL_RETURN_IF_ERROR(CheckName(message.name(), "settings.name"));
  ABSL_ASSIGN_OR_RETURN(const Settings before, settings::Load(tx));
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), EtagOf(before)));
  std::set<std::string> known;
  std::set<std::string> set;
  for (const Field& field : kFields) {
    known.insert(field.path);
    if (field.is_set(message)) set.insert(field.path);
  }
  ABSL_ASSIGN_OR_RETURN(const auto mask, ReadMask(request.update_mask(), known,
                                                  {"name", "update_time", "etag"}, std::move(set)));
  Settings settings = before;
  for (const Field& field : kFields) {
    if (mask.contains(field.path)) field.take(message, settings);
  }
  ABSL_RETURN_IF_ERROR(PrefixFields(CheckSettings(settings), "settings."));
  if (settings == before) return ToMessage(before);
  ++settings.version;
  settings.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(settings::Save(tx, settings));
  return ToMessage(settings);
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterSettings(const Context& context) {
  auto service = std::make_unique<rpc::Service>(context.environment,
                                                v1::CampaignSettingsService::service_full_name());
  service->Read("GetCampaignSettings", GetCampaignSettings);
  service->Write("UpdateCampaignSettings", UpdateCampaignSettings);
  service->Finish();
  return service;
}

}  // namespace regulars::campaign
