// The methods that tell where a service stands, and move a sandbox's clock.
#ifndef CHASSIS_ADMIN_CLOCK_METHODS_H_
#define CHASSIS_ADMIN_CLOCK_METHODS_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/rpc/environment.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"
#include "regulars/admin/v1/admin_service.pb.h"

namespace regulars::admin {

absl::StatusOr<v1::ServiceInfo> GetServiceInfo(Snapshot& db, const rpc::Environment& environment,
                                               absl::Time started,
                                               const v1::GetServiceInfoRequest& request);

absl::StatusOr<v1::AdvanceClockResponse> AdvanceClock(Transaction& tx,
                                                      const rpc::Environment& environment,
                                                      TaskRunner& runner,
                                                      const v1::AdvanceClockRequest& request);

}  // namespace regulars::admin

#endif  // CHASSIS_ADMIN_CLOCK_METHODS_H_
