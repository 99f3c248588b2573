// The methods that show tasks and start them again.
#ifndef CHASSIS_ADMIN_TASK_METHODS_H_
#define CHASSIS_ADMIN_TASK_METHODS_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/operations.h"
#include "regulars/admin/v1/admin_service.pb.h"

namespace regulars::admin {

absl::StatusOr<v1::Task> GetTask(Snapshot& db, const DescribeTask& describe,
                                 const v1::GetTaskRequest& request);
absl::StatusOr<v1::ListTasksResponse> ListTasks(Snapshot& db, const DescribeTask& describe,
                                                const v1::ListTasksRequest& request);
absl::StatusOr<v1::Task> RetryTask(Transaction& tx, const DescribeTask& describe,
                                   const v1::RetryTaskRequest& request);

}  // namespace regulars::admin

#endif  // CHASSIS_ADMIN_TASK_METHODS_H_
