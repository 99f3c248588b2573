// CampaignSettingsService: how the company writes to people.
#ifndef CAMPAIGN_SVC_RPC_SETTINGS_SERVICE_H_
#define CAMPAIGN_SVC_RPC_SETTINGS_SERVICE_H_

#include <memory>

#include "campaign-svc/rpc/context.h"
#include "chassis/rpc/service.h"

namespace regulars::campaign {

std::unique_ptr<rpc::Service> RegisterSettings(const Context& context);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_SETTINGS_SERVICE_H_
