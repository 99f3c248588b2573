// Quotes for baskets that are still to be paid.
#ifndef LOYALTY_SVC_RPC_QUOTE_SERVICE_H_
#define LOYALTY_SVC_RPC_QUOTE_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"

namespace regulars::loyalty {

std::unique_ptr<rpc::Service> RegisterQuotes(const rpc::Environment& environment);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_QUOTE_SERVICE_H_
