// BehaviourService, wired, and the task that deletes events of customers who are gone.
#ifndef CUSTOMER_SVC_RPC_BEHAVIOUR_SERVICE_H_
#define CUSTOMER_SVC_RPC_BEHAVIOUR_SERVICE_H_

#include <memory>

#include "absl/status/status.h"
#include "chassis/rpc/service.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"

namespace regulars::customer {

inline constexpr char kForgetBehaviourTask[] = "forget_behaviour";

std::unique_ptr<rpc::Service> RegisterBehaviour(const rpc::Environment& environment,
                                                TaskRunner& runner);

// Deletes the events of customers who are gone, in steps.
TaskKind ForgetBehaviourTask();

// Parts a customer who is about to be deleted from its events, and has the task delete them.
absl::Status ForgetBehaviour(Transaction& tx, int64_t customer_key);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_BEHAVIOUR_SERVICE_H_
