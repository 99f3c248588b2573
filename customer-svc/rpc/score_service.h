#ifndef CUSTOMER_SVC_RPC_SCORE_SERVICE_H_
#define CUSTOMER_SVC_RPC_SCORE_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::customer {

// ScoreService. Adds its kinds of tasks to the runner, which must not have been started, and sees
// to it that the nightly scoring is planned.
std::unique_ptr<rpc::Service> RegisterScores(const rpc::Environment& environment,
                                             TaskRunner& runner);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SCORE_SERVICE_H_
