#ifndef CUSTOMER_SVC_RPC_SEGMENT_SERVICE_H_
#define CUSTOMER_SVC_RPC_SEGMENT_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::customer {

// SegmentService. Adds its kinds of tasks to the runner, which must not have been started.
std::unique_ptr<rpc::Service> RegisterSegments(const rpc::Environment& environment,
                                               TaskRunner& runner);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SEGMENT_SERVICE_H_
