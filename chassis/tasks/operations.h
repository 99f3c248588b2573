// Tasks as the world sees them: google.longrunning.Operations (AIP-151). An operation's id is its
// task's.
#ifndef CHASSIS_TASKS_OPERATIONS_H_
#define CHASSIS_TASKS_OPERATIONS_H_

#include <functional>
#include <memory>
#include <string>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"
#include "chassis/tasks/task.h"
#include "google/longrunning/operations.grpc.pb.h"

namespace regulars {

// A task as an operation. `metadata` (a serialised google.protobuf.Any, or "") describes its
// progress; its result must be a serialised google.protobuf.Any too.
google::longrunning::Operation ToOperation(const Task& task, const std::string& metadata);

// Tells of a task's progress in the words of its kind: a serialised google.protobuf.Any. Empty for
// kinds that no caller started and that are not operations.
using DescribeTask = std::function<absl::StatusOr<std::string>(Snapshot&, const Task&)>;

// Name of the operation that shows the task, or "" if none does: recurring tasks and those that
// `describe` has no words for are the service's own.
absl::StatusOr<std::string> OperationName(Snapshot& db, const DescribeTask& describe,
                                          const Task& task);

// GetOperation, ListOperations, CancelOperation, WaitOperation, DeleteOperation for all tasks of
// the store that are operations; callers limited to stores see those alone that they started.
// `abandoned` of the task's kind runs when it is cancelled. Pages look at page_size tasks and may
// hold fewer operations.
std::unique_ptr<rpc::Service> MakeOperationsService(const rpc::Environment& environment,
                                                    TaskRunner& runner, DescribeTask describe);

}  // namespace regulars

#endif  // CHASSIS_TASKS_OPERATIONS_H_
