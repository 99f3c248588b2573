// ConsentService, wired.
#ifndef CUSTOMER_SVC_RPC_CONSENT_SERVICE_H_
#define CUSTOMER_SVC_RPC_CONSENT_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"

namespace regulars::customer {

std::unique_ptr<rpc::Service> RegisterConsents(const rpc::Environment& environment);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CONSENT_SERVICE_H_
