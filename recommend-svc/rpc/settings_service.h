// The methods of SettingsService. Errors as settings_service.proto says.
#ifndef RECOMMEND_SVC_RPC_SETTINGS_SERVICE_H_
#define RECOMMEND_SVC_RPC_SETTINGS_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "chassis/rpc/service.h"
#include "regulars/recommend/v1/settings_service.pb.h"

namespace regulars::recommend {

absl::StatusOr<v1::RecommendSettings> GetRecommendSettings(
    Snapshot& db, const v1::GetRecommendSettingsRequest& request);
absl::StatusOr<v1::RecommendSettings> UpdateRecommendSettings(
    Transaction& tx, const v1::UpdateRecommendSettingsRequest& request);

std::unique_ptr<rpc::Service> RegisterSettings(const rpc::Environment& environment);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_SETTINGS_SERVICE_H_
