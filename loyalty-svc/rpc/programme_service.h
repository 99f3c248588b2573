// The programme and its earning rule, as callers read and change them.
#ifndef LOYALTY_SVC_RPC_PROGRAMME_SERVICE_H_
#define LOYALTY_SVC_RPC_PROGRAMME_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::loyalty {

std::unique_ptr<rpc::Service> RegisterProgrammes(const rpc::Environment& environment,
                                                 TaskRunner& runner);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_PROGRAMME_SERVICE_H_
