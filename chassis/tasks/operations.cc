#include "chassis/tasks/operations.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/status_proto.h"
#include "google/protobuf/empty.pb.h"

namespace regulars {
namespace {

using google::longrunning::Operation;
using google::protobuf::Empty;

constexpr char kPrefix[] = "operations/";

// A task with the words for its progress; none for tasks that are no operations. Work for all
// stores tells of all: those limited to some see their own operations alone.
absl::StatusOr<std::optional<Operation>> Show(Snapshot& db, const DescribeTask& describe,
                                              const Task& task) {
  if (task.period > absl::ZeroDuration()) return std::nullopt;
  const auth::Caller& caller = db.caller();
  if (!caller.realms.empty() && task.principal != caller.principal) return std::nullopt;
  ABSL_ASSIGN_OR_RETURN(const std::string metadata, describe(db, task));
  if (metadata.empty()) return std::nullopt;
  return ToOperation(task, metadata);
}

struct Found {
  Task task;
  Operation operation;
};

absl::StatusOr<Found> Load(Snapshot& db, const DescribeTask& describe, const std::string& name) {
  absl::string_view id = name;
  std::optional<Task> task;
  std::optional<Operation> operation;
  if (absl::ConsumePrefix(&id, kPrefix)) {
    ABSL_ASSIGN_OR_RETURN(task, tasks::Find(db, id));
  }
  if (task) {
    ABSL_ASSIGN_OR_RETURN(operation, Show(db, describe, *task));
  }
  if (!operation) {
    return NotFound("OPERATION_NOT_FOUND", absl::StrCat("no operation '", EscapeForLog(name), "'"));
  }
  return Found{*std::move(task), *std::move(operation)};
}

absl::StatusOr<google::longrunning::ListOperationsResponse> List(
    Snapshot& db, const DescribeTask& describe,
    const google::longrunning::ListOperationsRequest& request) {
  if (!request.filter().empty()) {
    return FieldError("filter", "UNSUPPORTED_FILTER", "is not supported for operations");
  }
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  google::longrunning::ListOperationsResponse response;
  ABSL_ASSIGN_OR_RETURN(auto tasks, tasks::List(db, "", before, page.size + 1));
  const bool more = static_cast<int64_t>(tasks.size()) > page.size;
  if (more) tasks.pop_back();
  for (const Task& task : tasks) {
    ABSL_ASSIGN_OR_RETURN(auto operation, Show(db, describe, task));
    if (operation) *response.add_operations() = *std::move(operation);
  }
  if (more) {
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(tasks.back().row)}));
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

absl::StatusOr<std::string> OperationName(Snapshot& db, const DescribeTask& describe,
                                          const Task& task) {
  ABSL_ASSIGN_OR_RETURN(const auto operation, Show(db, describe, task));
  return operation ? operation->name() : "";
}

std::unique_ptr<rpc::Service> MakeOperationsService(const rpc::Environment& environment,
                                                    TaskRunner& runner, DescribeTask describe) {
  auto service = std::make_unique<rpc::Service>(
      environment, google::longrunning::Operations::service_full_name());
  service->Read("GetOperation",
                [describe](Snapshot& db, const google::longrunning::GetOperationRequest& request)
                    -> absl::StatusOr<Operation> {
                  ABSL_ASSIGN_OR_RETURN(Found found, Load(db, describe, request.name()));
                  return std::move(found.operation);
                });
  // The interface allows an answer before the operation is done; callers ask again.
  service->Read("WaitOperation",
                [describe](Snapshot& db, const google::longrunning::WaitOperationRequest& request)
                    -> absl::StatusOr<Operation> {
                  ABSL_ASSIGN_OR_RETURN(Found found, Load(db, describe, request.name()));
                  return std::move(found.operation);
                });
  service->Read(
      "ListOperations",
      [describe](Snapshot& db, const google::longrunning::ListOperationsRequest& request) {
        return List(db, describe, request);
      });
  service->Write(
      "CancelOperation",
      [&runner, describe](
          Transaction& tx,
          const google::longrunning::CancelOperationRequest& request) -> absl::StatusOr<Empty> {
        ABSL_ASSIGN_OR_RETURN(const Found found, Load(tx, describe, request.name()));
        ABSL_RETURN_IF_ERROR(runner.Cancel(tx, found.task));
        return Empty();
      });
  service->Write(
      "DeleteOperation",
      [describe](Transaction& tx, const google::longrunning::DeleteOperationRequest& request)
          -> absl::StatusOr<Empty> {
        ABSL_ASSIGN_OR_RETURN(const Found found, Load(tx, describe, request.name()));
        if (found.task.state == TaskState::kWaiting) {
          return FailedPrecondition("OPERATION_RUNNING", "cancel the operation first");
        }
        ABSL_RETURN_IF_ERROR(tasks::Forget(tx, found.task));
        return Empty();
      });
  service->Finish();
  return service;
}

}  // namespace regulars
