#include "customer-svc/rpc/import_tasks.h"

#include <any>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/status_proto.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/import_messages.h"
#include "customer-svc/store/imports.h"
#include "google/protobuf/any.pb.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

constexpr absl::Duration kRetryWhenMany = absl::Seconds(30);
constexpr absl::Duration kClearInterval = absl::Hours(24);
// Rows taken away between two looks at whether others wait.
constexpr int64_t kClearBatch = 200;

absl::StatusOr<StepEnd> Clear(Transaction& tx) {
  bool more = true;
  do {
    ABSL_ASSIGN_OR_RETURN(more, imports::ClearSome(tx, kClearBatch));
  } while (more && !tx.MustYield());
  return more ? StepEnd::Again() : StepEnd::Done();
}

// Ends it, and tells those who follow.
absl::Status End(Transaction& tx, const Import& import) {
  ABSL_RETURN_IF_ERROR(imports::Finish(tx, import));
  if (import.dry_run || !import.report.changed()) return absl::OkStatus();
  const std::string name = rpc::Name(kImports, import.id);
  v1::ImportFinished event;
  event.set_import_name(name);
  event.set_kind(static_cast<v1::Import::Kind>(import.kind));
  event.set_state(static_cast<v1::Import::State>(import.state));
  *event.mutable_report() = WriteReport(import.report);
  tx.Publish(PackEvent(name, "", event));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Task> StartImport(Transaction& tx, Import import) {
  ABSL_ASSIGN_OR_RETURN(const int64_t running, imports::CountRunning(tx));
  if (running >= kMaxRunningImports) {
    return ResourceExhausted("TOO_MANY_IMPORTS",
                             absl::StrCat(running, " imports wait already, the most there may be"),
                             kRetryWhenMany);
  }
  import.id = tx.NewId();
  import.state = ImportState::kRunning;
  import.principal = tx.caller().principal;
  import.realms = tx.caller().realms;
  import.create_time = tx.now();
  ABSL_ASSIGN_OR_RETURN(
      import.task,
      tasks::Schedule(tx, {.kind = import.kind == ImportKind::kOrderLines ? kImportOrderLinesTask
                                                                          : kImportCustomersTask,
                           .input = import.id,
                           .resource = rpc::Name(kImports, import.id),
                           .progress_total = import.size_bytes}));
  ABSL_RETURN_IF_ERROR(imports::Insert(tx, import));
  ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, tasks::Find(tx, import.task));
  if (!task) return absl::DataLossError("a task has vanished");
  return *std::move(task);
}

absl::StatusOr<Import> LoadRunning(Snapshot& db, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(std::optional<Import> import, imports::FindById(db, task.input));
  if (import && import->state == ImportState::kRunning) return *std::move(import);
  return FailedPrecondition("IMPORT_ENDED", "the import has ended, and its file is gone");
}

Origin OriginOf(const Snapshot& db, const Import& import) {
  Origin origin = db.origin();
  origin.caller = std::make_shared<auth::Caller>(
      auth::Caller{.principal = import.principal, .realms = import.realms});
  return origin;
}

absl::StatusOr<StepEnd> FinishImport(Transaction& tx, Import import) {
  import.state = ImportState::kDone;
  import.finish_time = tx.now();
  ABSL_RETURN_IF_ERROR(End(tx, import));
  google::protobuf::Any any;
  any.PackFrom(WriteImport(import));
  return StepEnd::Done(any.SerializeAsString());
}

absl::Status AbandonImport(Transaction& tx, const Task& task, rpc::Spool& spool) {
  ABSL_ASSIGN_OR_RETURN(std::optional<Import> import, imports::FindById(tx, task.input));
  if (!import || import->state != ImportState::kRunning) return absl::OkStatus();
  import->state =
      task.state == TaskState::kCancelled ? ImportState::kCancelled : ImportState::kFailed;
  import->finish_time = tx.now();
  if (import->state == ImportState::kFailed) {
    import->error = ToProto(task.error).SerializeAsString();
  }
  ABSL_RETURN_IF_ERROR(End(tx, *import));
  spool.Remove(import->spool_name);
  return absl::OkStatus();
}

absl::Status PlanImports(const rpc::Environment& environment) {
  const Origin origin{.caller = std::make_shared<auth::Caller>(
                          auth::Caller{.principal = "services/" + environment.service})};
  std::set<std::string> held;
  ABSL_RETURN_IF_ERROR(
      environment.store->writer().Write(Lane::kTasks, origin, [&](Transaction& tx) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(held, imports::SpooledFiles(tx));
        return tasks::ScheduleRecurring(tx, kImportClearTask, kClearInterval,
                                        tx.now() + kClearInterval);
      }));
  if (environment.spool != nullptr) environment.spool->Keep(held);
  return absl::OkStatus();
}

TaskKind ImportClearTask() {
  return {.step = [](Transaction& tx, Task&, std::any&) { return Clear(tx); }};
}

}  // namespace regulars::customer
