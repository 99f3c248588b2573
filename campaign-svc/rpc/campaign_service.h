// CampaignService: one template to many.
#ifndef CAMPAIGN_SVC_RPC_CAMPAIGN_SERVICE_H_
#define CAMPAIGN_SVC_RPC_CAMPAIGN_SERVICE_H_

#include <cstdint>
#include <memory>

#include "campaign-svc/rpc/context.h"
#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::campaign {

// Those that have ended are not counted: they are kept.
inline constexpr int64_t kMaxCampaigns = 10'000;

std::unique_ptr<rpc::Service> RegisterCampaigns(const Context& context, TaskRunner& runner);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_CAMPAIGN_SERVICE_H_
