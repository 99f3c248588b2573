#include "chassis/admin/task_methods.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"
#include "chassis/filter/request.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/tasks/task_search.h"

namespace regulars::admin {
namespace {

v1::Task::State StateOf(const Task& task, absl::Time now) {
  switch (task.state) {
    case TaskState::kWaiting:
      return task.due_time > now ? v1::Task::STATE_SCHEDULED : v1::Task::STATE_RUNNING;
    case TaskState::kSucceeded:
      return v1::Task::STATE_DONE;
    case TaskState::kFailed:
      return v1::Task::STATE_FAILED;
    case TaskState::kCancelled:
      return v1::Task::STATE_CANCELLED;
  }
  return v1::Task::STATE_UNSPECIFIED;
}

absl::StatusOr<v1::Task> Show(Snapshot& db, const DescribeTask& describe, const Task& task) {
  v1::Task shown;
  shown.set_name(rpc::Name("tasks", task.id));
  shown.set_type(task.kind);
  shown.set_state(StateOf(task, db.now()));
  *shown.mutable_due_time() = rpc::ToTimestamp(task.due_time);
  shown.set_attempts(static_cast<int32_t>(task.attempts));
  shown.mutable_progress()->set_done(task.progress_done);
  shown.mutable_progress()->set_total(task.progress_total);
  if (!task.error.ok()) *shown.mutable_error() = ToProto(task.error);
  ABSL_ASSIGN_OR_RETURN(*shown.mutable_operation(), OperationName(db, describe, task));
  shown.set_resource(task.resource);
  *shown.mutable_create_time() = rpc::ToTimestamp(task.create_time);
  if (task.state != TaskState::kWaiting) {
    *shown.mutable_finish_time() = rpc::ToTimestamp(task.update_time);
  }
  return shown;
}

absl::StatusOr<Task> Load(Snapshot& db, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("tasks", name));
  ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, tasks::Find(db, id));
  if (!task) return NotFound("TASK_NOT_FOUND", absl::StrCat("no task '", EscapeForLog(name), "'"));
  return *std::move(task);
}

}  // namespace

absl::StatusOr<v1::Task> GetTask(Snapshot& db, const DescribeTask& describe,
                                 const v1::GetTaskRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Task task, Load(db, request.name()));
  return Show(db, describe, task);
}

absl::StatusOr<v1::ListTasksResponse> ListTasks(Snapshot& db, const DescribeTask& describe,
                                                const v1::ListTasksRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const filter::Expression filter,
                        filter::CompileRequest(request.filter(), tasks::SearchSchema(db.now())));
  ABSL_ASSIGN_OR_RETURN(const tasks::Found found, tasks::Search(db, filter, before, page.size));
  v1::ListTasksResponse response;
  for (const Task& task : found.tasks) {
    ABSL_ASSIGN_OR_RETURN(*response.add_tasks(), Show(db, describe, task));
  }
  if (found.next > 0) {
    response.set_next_page_token(rpc::NextPageToken(request, db.now(), {absl::StrCat(found.next)}));
  }
  return response;
}

absl::StatusOr<v1::Task> RetryTask(Transaction& tx, const DescribeTask& describe,
                                   const v1::RetryTaskRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Task before, Load(tx, request.name()));
  ABSL_RETURN_IF_ERROR(tasks::Retry(tx, before.id));
  ABSL_ASSIGN_OR_RETURN(const Task task, Load(tx, request.name()));
  return Show(tx, describe, task);
}

}  // namespace regulars::admin
