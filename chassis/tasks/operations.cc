#include "chassis/tasks/operations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/rpc/status_proto.h"
#include "google/protobuf/empty.pb.h"

namespace regulars {
namespace {

using google::longrunning::Operation;
using google::protobuf::Empty;

constexpr char kPrefix[] = "operations/";
constexpr int32_t kDefaultPage = 50;
constexpr int32_t kMaxPage = 1000;

absl::StatusOr<Task> Load(Snapshot& db, absl::string_view name) {
  absl::string_view id = name;
  std::optional<Task> task;
  if (absl::ConsumePrefix(&id, kPrefix)) {
    ABSL_ASSIGN_OR_RETURN(task, tasks::Find(db, id));
  }
  // Recurring tasks are the service's own business.
  if (!task || task->period > absl::ZeroDuration()) {
    return NotFound("OPERATION_NOT_FOUND", absl::StrCat("no operation '", name, "'"));
  }
  return *std::move(task);
}

absl::StatusOr<Operation> Show(Snapshot& db, const DescribeTask& describe, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(const std::string metadata, describe(db, task));
  return ToOperation(task, metadata);
}

absl::StatusOr<google::longrunning::ListOperationsResponse> List(
    Snapshot& db, const DescribeTask& describe,
    const google::longrunning::ListOperationsRequest& request) {
  if (request.page_size() < 0) {
    return FieldError("page_size", "INVALID_PAGE_SIZE", "must not be negative");
  }
  if (!request.filter().empty()) {
    return FieldError("filter", "UNSUPPORTED_FILTER", "is not supported for operations");
  }
  int64_t before = 0;
  if (!request.page_token().empty() &&
      (!absl::SimpleAtoi(request.page_token(), &before) || before <= 0)) {
    return FieldError("page_token", "INVALID_PAGE_TOKEN", "was not given out by this method");
  }
  const int32_t size =
      request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kMaxPage);
  google::longrunning::ListOperationsResponse response;
  ABSL_ASSIGN_OR_RETURN(const auto page, tasks::List(db, "", before, size));
  for (const Task& task : page) {
    if (task.period > absl::ZeroDuration()) continue;
    ABSL_ASSIGN_OR_RETURN(*response.add_operations(), Show(db, describe, task));
  }
  if (page.size() == static_cast<size_t>(size)) {
    response.set_next_page_token(absl::StrCat(page.back().row));
  }
  return response;
}

}  // namespace

Operation ToOperation(const Task& task, const std::string& metadata) {
  Operation operation;
  operation.set_name(absl::StrCat(kPrefix, task.id));
  if (!metadata.empty()) operation.mutable_metadata()->ParseFromString(metadata);
  operation.set_done(task.state != TaskState::kWaiting);
  if (task.state == TaskState::kSucceeded) {
    operation.mutable_response()->ParseFromString(task.result);
  } else if (operation.done()) {
    *operation.mutable_error() = ToProto(task.error);
  }
  return operation;
}

std::unique_ptr<rpc::Service> MakeOperationsService(const rpc::Environment& environment,
                                                    TaskRunner& runner, DescribeTask describe) {
  auto service = std::make_unique<rpc::Service>(
      environment, google::longrunning::Operations::service_full_name());
  service->Read("GetOperation",
                [describe](Snapshot& db, const google::longrunning::GetOperationRequest& request)
                    -> absl::StatusOr<Operation> {
                  ABSL_ASSIGN_OR_RETURN(const Task task, Load(db, request.name()));
                  return Show(db, describe, task);
                });
  // The interface allows an answer before the operation is done; callers ask again.
  service->Read("WaitOperation",
                [describe](Snapshot& db, const google::longrunning::WaitOperationRequest& request)
                    -> absl::StatusOr<Operation> {
                  ABSL_ASSIGN_OR_RETURN(const Task task, Load(db, request.name()));
                  return Show(db, describe, task);
                });
  service->Read(
      "ListOperations",
      [describe](Snapshot& db, const google::longrunning::ListOperationsRequest& request) {
        return List(db, describe, request);
      });
  service->Write(
      "CancelOperation",
      [&runner](Transaction& tx, const google::longrunning::CancelOperationRequest& request)
          -> absl::StatusOr<Empty> {
        ABSL_ASSIGN_OR_RETURN(const Task task, Load(tx, request.name()));
        ABSL_RETURN_IF_ERROR(runner.Cancel(tx, task));
        return Empty();
      });
  service->Write(
      "DeleteOperation",
      [](Transaction& tx,
         const google::longrunning::DeleteOperationRequest& request) -> absl::StatusOr<Empty> {
        ABSL_ASSIGN_OR_RETURN(const Task task, Load(tx, request.name()));
        if (task.state == TaskState::kWaiting) {
          return FailedPrecondition("OPERATION_RUNNING", "cancel the operation first");
        }
        ABSL_RETURN_IF_ERROR(tasks::Forget(tx, task));
        return Empty();
      });
  service->Finish();
  return service;
}

}  // namespace regulars
