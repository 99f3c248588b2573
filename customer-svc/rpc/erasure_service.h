// ErasureService, wired: what a person may ask of those who keep data about them.
#ifndef CUSTOMER_SVC_RPC_ERASURE_SERVICE_H_
#define CUSTOMER_SVC_RPC_ERASURE_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"
#include "customer-svc/rpc/data_holders.h"

namespace regulars::customer {

// `holders` are the other services that hold data about customers.
std::unique_ptr<rpc::Service> RegisterErasures(const rpc::Environment& environment,
                                               TaskRunner& runner, const DataHolders& holders);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ERASURE_SERVICE_H_
