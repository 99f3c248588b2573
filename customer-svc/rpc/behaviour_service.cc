#include "customer-svc/rpc/behaviour_service.h"

#include "chassis/base/status_macros.h"
#include "chassis/tasks/task.h"
#include "customer-svc/rpc/ingest_events.h"
#include "customer-svc/store/behaviour.h"
#include "regulars/customer/v1/behaviour_service.grpc.pb.h"

namespace regulars::customer {
namespace {

// Rows that one statement of the task deletes.
constexpr int64_t kForgetBatch = 500;

}  // namespace

TaskKind ForgetBehaviourTask() {
  return {.step = [](Transaction& tx, Task&, std::any&) -> absl::StatusOr<StepEnd> {
    do {
      ABSL_ASSIGN_OR_RETURN(const int64_t deleted, behaviour::DeleteForgotten(tx, kForgetBatch));
      if (deleted == 0) return StepEnd::Done();
    } while (!tx.MustYield());
    return StepEnd::Again();
  }};
}

absl::Status ForgetBehaviour(Transaction& tx, int64_t customer_key) {
  ABSL_ASSIGN_OR_RETURN(const bool any, behaviour::Forget(tx, customer_key));
  if (!any) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto waiting, tasks::FindWaiting(tx, kForgetBehaviourTask));
  if (waiting) return absl::OkStatus();
  return tasks::Schedule(tx, {.kind = kForgetBehaviourTask}).status();
}

std::unique_ptr<rpc::Service> RegisterBehaviour(const rpc::Environment& environment,
                                                TaskRunner& runner) {
  runner.Add(kForgetBehaviourTask, ForgetBehaviourTask());
  auto service =
      std::make_unique<rpc::Service>(environment, v1::BehaviourService::service_full_name());
  service->Write("IngestEvents", IngestEvents);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
