// The methods of RecommendService. Errors as recommend_service.proto says.
#ifndef RECOMMEND_SVC_RPC_RECOMMEND_SERVICE_H_
#define RECOMMEND_SVC_RPC_RECOMMEND_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "chassis/rpc/service.h"
#include "regulars/recommend/v1/recommend_service.pb.h"

namespace regulars::recommend {

absl::StatusOr<v1::RecommendResponse> Recommend(Snapshot& db, const v1::RecommendRequest& request);
absl::StatusOr<v1::BatchRecommendResponse> BatchRecommend(Snapshot& db,
                                                          const v1::BatchRecommendRequest& request);

std::unique_ptr<rpc::Service> RegisterRecommend(const rpc::Environment& environment);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_RECOMMEND_SERVICE_H_
