// TemplateService: what is said.
#ifndef CAMPAIGN_SVC_RPC_TEMPLATE_SERVICE_H_
#define CAMPAIGN_SVC_RPC_TEMPLATE_SERVICE_H_

#include <memory>

#include "campaign-svc/rpc/context.h"
#include "chassis/rpc/service.h"

namespace regulars::campaign {

inline constexpr int64_t kMaxTemplates = 10'000;
inline constexpr int64_t kMaxVersions = 1000;

std::unique_ptr<rpc::Service> RegisterTemplates(const Context& context);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_TEMPLATE_SERVICE_H_
