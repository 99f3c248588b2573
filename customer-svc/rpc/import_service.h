// The service of imports: files that are sent, what became of them, saved ways to read them.
#ifndef CUSTOMER_SVC_RPC_IMPORT_SERVICE_H_
#define CUSTOMER_SVC_RPC_IMPORT_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::customer {

// Adds the tasks of imports to the runner. Both arguments must outlive the service.
std::unique_ptr<rpc::Service> RegisterImports(const rpc::Environment& environment,
                                              TaskRunner& runner);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORT_SERVICE_H_
