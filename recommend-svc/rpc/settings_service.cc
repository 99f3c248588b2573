#include "recommend-svc/rpc/settings_service.h"

#include <array>
#include <bitset>
#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/faults.h"
#include "chassis/base/text.h"
#include "chassis/feed/event.h"
#include "chassis/rpc/timestamps.h"
#include "recommend-svc/domain/settings.h"
#include "recommend-svc/store/counts.h"
#include "recommend-svc/store/settings.h"
#include "regulars/recommend/v1/events.pb.h"
#include "regulars/recommend/v1/settings_service.grpc.pb.h"

namespace regulars::recommend {
namespace {

constexpr char kName[] = "recommendSettings";
constexpr int64_t kMaxPairOrders = 1'000'000;
constexpr double kMaxLift = 1000;
constexpr int64_t kMaxWindowDays = 366;

// The settings that callers write: one row a field.
struct Field {
  absl::string_view path;
  bool (*is_set)(const v1::RecommendSettings&);
  bool (*same)(const Settings&, const Settings&);
  void (*copy)(const Settings& from, Settings& to);
};

template <auto kMember>
constexpr Field MakeField(absl::string_view path, bool (*is_set)(const v1::RecommendSettings&)) {
  return {path, is_set,
          [](const Settings& a, const Settings& b) { return a.*kMember == b.*kMember; },
          [](const Settings& from, Settings& to) { to.*kMember = from.*kMember; }};
}

constexpr size_t kFields = 6;
using Mask = std::bitset<kFields>;
constexpr std::array<Field, kFields> kTable = {
    MakeField<&Settings::min_pair_orders>(
        "min_pair_order_count",
        [](const v1::RecommendSettings& m) { return m.min_pair_order_count() != 0; }),
    MakeField<&Settings::min_confidence>(
        "min_confidence", [](const v1::RecommendSettings& m) { return m.min_confidence() != 0; }),
    MakeField<&Settings::min_lift>(
        "min_lift", [](const v1::RecommendSettings& m) { return m.min_lift() != 0; }),
    MakeField<&Settings::view_weight>(
        "view_weight", [](const v1::RecommendSettings& m) { return m.view_weight() != 0; }),
    MakeField<&Settings::best_seller_days>(
        "best_seller_days",
        [](const v1::RecommendSettings& m) { return m.best_seller_days() != 0; }),
    MakeField<&Settings::catalogue_only>(
        "catalogue_only", [](const v1::RecommendSettings& m) { return m.catalogue_only(); }),
};

std::string EtagOf(const Settings& settings) {
  return MakeEtag(settings.version, settings.update_time.value_or(absl::UnixEpoch()));
}

v1::RecommendSettings WriteSettings(const Settings& settings) {
  v1::RecommendSettings message;
  message.set_name(kName);
  message.set_min_pair_order_count(settings.min_pair_orders);
  message.set_min_confidence(settings.min_confidence);
  message.set_min_lift(settings.min_lift);
  message.set_view_weight(settings.view_weight);
  message.set_best_seller_days(static_cast<int32_t>(settings.best_seller_days));
  message.set_catalogue_only(settings.catalogue_only);
  if (settings.update_time) {
    *message.mutable_update_time() = rpc::ToTimestamp(*settings.update_time);
  }
  message.set_etag(EtagOf(settings));
  return message;
}

absl::StatusOr<Mask> ReadMask(const v1::UpdateRecommendSettingsRequest& request) {
  Mask mask;
  if (request.update_mask().paths().empty()) {
    for (size_t i = 0; i < kFields; ++i) mask[i] = kTable[i].is_set(request.recommend_settings());
    return mask;
  }
  for (const std::string& path : request.update_mask().paths()) {
    bool known = path == "*" || path == "name" || path == "update_time" || path == "etag";
    for (size_t i = 0; i < kFields; ++i) {
      if (path != "*" && path != kTable[i].path) continue;
      mask.set(i);
      known = true;
    }
    if (!known) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path), "', which is no setting"));
    }
  }
  return mask;
}

// Written so that what is no number is outside too.
bool IsWithin(double value, double highest) { return value >= 0 && value <= highest; }

// What the caller wrote; counts of 0 are as they are at first. Fields that are not masked are not
// checked.
absl::StatusOr<Settings> ReadSettings(const v1::RecommendSettings& message, const Mask& mask) {
  Settings read;
  Faults faults;
  const auto check = [&](absl::string_view path, bool good, absl::string_view reason,
                         absl::string_view description) {
    for (size_t i = 0; i < kFields; ++i) {
      if (kTable[i].path == path && mask[i] && !good) faults.Add(path, reason, description);
    }
  };
  if (message.min_pair_order_count() != 0) read.min_pair_orders = message.min_pair_order_count();
  check("min_pair_order_count", read.min_pair_orders >= 1 && read.min_pair_orders <= kMaxPairOrders,
        "INVALID_THRESHOLD", "must be 0 to 1000000");
  read.min_confidence = message.min_confidence();
  check("min_confidence", IsWithin(read.min_confidence, 1), "INVALID_THRESHOLD", "must be 0 to 1");
  read.min_lift = message.min_lift();
  check("min_lift", IsWithin(read.min_lift, kMaxLift), "INVALID_THRESHOLD", "must be 0 to 1000");
  read.view_weight = message.view_weight();
  check("view_weight", IsWithin(read.view_weight, 1), "INVALID_WEIGHT", "must be 0 to 1");
  if (message.best_seller_days() != 0) read.best_seller_days = message.best_seller_days();
  check("best_seller_days", read.best_seller_days >= 1 && read.best_seller_days <= kMaxWindowDays,
        "INVALID_WINDOW", "must be 0 to 366");
  read.catalogue_only = message.catalogue_only();
  ABSL_RETURN_IF_ERROR(faults.ToStatus());
  return read;
}

absl::Status CheckName(const std::string& name, absl::string_view field) {
  if (name == kName) return absl::OkStatus();
  return FieldError(field, name.empty() ? "NAME_MISSING" : "INVALID_NAME",
                    "must be 'recommendSettings'");
}

}  // namespace

absl::StatusOr<v1::RecommendSettings> GetRecommendSettings(
    Snapshot& db, const v1::GetRecommendSettingsRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckName(request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(db));
  return WriteSettings(settings);
}

absl::StatusOr<v1::RecommendSettings> UpdateRecommendSettings(
    Transaction& tx, const v1::UpdateRecommendSettingsRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::RecommendSettings& message = request.recommend_settings();
  ABSL_RETURN_IF_ERROR(CheckName(message.name(), "recommend_settings.name"));
  ABSL_ASSIGN_OR_RETURN(const Settings before, settings::Load(tx));
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), EtagOf(before)));
  ABSL_ASSIGN_OR_RETURN(const Mask mask, ReadMask(request));
  const absl::StatusOr<Settings> read = ReadSettings(message, mask);
  if (!read.ok()) return PrefixFields(read.status(), "recommend_settings.");
  Settings after = before;
  v1::RecommendSettingsUpdated event;
  for (size_t i = 0; i < kFields; ++i) {
    if (!mask[i] || kTable[i].same(*read, before)) continue;
    kTable[i].copy(*read, after);
    event.mutable_changed_fields()->add_paths(std::string(kTable[i].path));
  }
  if (event.changed_fields().paths().empty()) return WriteSettings(before);
  ++after.version;
  after.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(settings::Save(tx, after));
  if (after.best_seller_days != before.best_seller_days) {
    ABSL_RETURN_IF_ERROR(counts::ChangeWindow(tx, after.best_seller_days));
  }
  tx.Publish(PackEvent(kName, "", event));
  return WriteSettings(after);
}

std::unique_ptr<rpc::Service> RegisterSettings(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, v1::SettingsService::service_full_name());
  service->Read("GetRecommendSettings", GetRecommendSettings);
  service->Write("UpdateRecommendSettings", UpdateRecommendSettings);
  service->Finish();
  return service;
}

}  // namespace regulars::recommend
