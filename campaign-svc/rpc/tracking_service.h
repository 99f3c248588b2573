// TrackingService: what the links in messages lead to. Openings and clicks are appended as they
// come and counted by a task, so that a wave of them costs one row each.
#ifndef CAMPAIGN_SVC_RPC_TRACKING_SERVICE_H_
#define CAMPAIGN_SVC_RPC_TRACKING_SERVICE_H_

#include <memory>

#include "campaign-svc/rpc/context.h"
#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::campaign {

std::unique_ptr<rpc::Service> RegisterTracking(const Context& context, TaskRunner& runner);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_TRACKING_SERVICE_H_
