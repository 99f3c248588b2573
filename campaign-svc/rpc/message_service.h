// MessageService: messages one by one, and whom not to write to.
#ifndef CAMPAIGN_SVC_RPC_MESSAGE_SERVICE_H_
#define CAMPAIGN_SVC_RPC_MESSAGE_SERVICE_H_

#include <memory>

#include "campaign-svc/rpc/context.h"
#include "chassis/rpc/service.h"

namespace regulars::campaign {

std::unique_ptr<rpc::Service> RegisterMessages(const Context& context);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_MESSAGE_SERVICE_H_
