// The methods of RecommendService. Errors as recommend_service.proto says.
#ifndef RECOMMEND_SVC_RPC_RECOMMEND_SERVICE_H_
#define RECOMMEND_SVC_RPC_RECOMMEND_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"

namespace regulars::recommend {

std::unique_ptr<rpc::Service> RegisterRecommend(const rpc::Environment& environment);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_RECOMMEND_SERVICE_H_
