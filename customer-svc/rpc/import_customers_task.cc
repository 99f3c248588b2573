#include "customer-svc/rpc/import_customers_task.h"

#include <algorithm>
#include <any>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/customer_import_run.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/store/imports.h"

namespace regulars::customer {
namespace {

using type::v1::UpsertOutcome;

// How long an import waits before it looks whether the one before it has ended.
constexpr absl::Duration kWaitForTurn = absl::Milliseconds(250);

// The one import that is worked on: tasks come in turns, and what each reads ahead would add up.
// The runner's thread prepares, the writer's thread ends tasks.
class Slot {
 public:
  // The task's run, empty if it has just begun; null while another task has its turn.
  std::shared_ptr<CustomerRun> Take(const std::string& task_id) {
    std::lock_guard lock(mutex_);
    if (run_ == nullptr) {
      run_ = std::make_shared<CustomerRun>();
      run_->task_id = task_id;
    }
    return run_->task_id == task_id ? run_ : nullptr;
  }
  // Lets go of the file.
  void Leave(const std::string& task_id) {
    std::lock_guard lock(mutex_);
    if (run_ != nullptr && run_->task_id == task_id) run_.reset();
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<CustomerRun> run_;  // Guarded by mutex_.
};

// One step's work on the lines that are in no group.
class Step {
 public:
  Step(Transaction& tx, const CustomerRows& rows, Import& import, CustomerContext context)
      : tx_(tx), rows_(rows), import_(import), context_(std::move(context)) {}

  absl::Status Apply(const CustomerLine& line) {
    ++import_.report.lines_read;
    if (line.refusal) {
      Refuse(line, *line.refusal);
      return absl::OkStatus();
    }
    const absl::StatusOr<UpsertOutcome> outcome = Upsert(line);
    if (outcome.ok()) {
      Count(*outcome);
    } else if (IsRefusal(outcome.status())) {
      Refuse(line, rows_.Explain(line.row, outcome.status()));
    } else {
      return outcome.status();
    }
    return absl::OkStatus();
  }

  // Stores report and refused lines.
  absl::Status Save() {
    ABSL_RETURN_IF_ERROR(imports::AddRefusals(tx_, import_, refusals_));
    return imports::SaveReport(tx_, import_);
  }

 private:
  // No other line speaks of the customer: a dry run need not remember anything.
  absl::StatusOr<UpsertOutcome> Upsert(const CustomerLine& line) {
    if (import_.dry_run) return JudgeUpsert(tx_, context_, {.customer = line.row.customer});
    ABSL_ASSIGN_OR_RETURN(const ChangedCustomer changed,
                          ApplyUpsert(tx_, context_, {.customer = line.row.customer}));
    return changed.outcome;
  }

  void Count(UpsertOutcome outcome) {
    ImportReport& report = import_.report;
    if (outcome == type::v1::UPSERT_OUTCOME_UNCHANGED) {
      ++report.lines_unchanged;
      return;
    }
    ++report.lines_stored;
    ++(outcome == type::v1::UPSERT_OUTCOME_CREATED ? report.customers_created
                                                   : report.customers_updated);
  }

  void Refuse(const CustomerLine& line, Refusal refusal) {
    import_.report.Refuse(refusal.reason);
    refusal.line_number = line.number;
    refusal.text = line.text;
    refusals_.push_back(std::move(refusal));
  }

  Transaction& tx_;
  const CustomerRows& rows_;
  Import& import_;
  CustomerContext context_;
  std::vector<Refusal> refusals_;
};

absl::Status TakeLines(Transaction& tx, const CustomerFile& file, Import& import,
                       CustomerProgress& progress) {
  // Between preparation and step nothing but this task moves its cursor: the lines are those that
  // come next.
  if (file.lines().empty()) {
    progress.phase = CustomerProgress::kGroups;
    return absl::OkStatus();
  }
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, ContextOf(tx, import));
  Step step(tx, file.rows(), import, std::move(context));
  for (const CustomerLine& line : file.lines()) {
    if (!line.grouped) ABSL_RETURN_IF_ERROR(step.Apply(line));
    progress.place = line.next;
    if (tx.MustYield()) break;
  }
  return step.Save();
}

absl::Status TakeGroups(Transaction& tx, CustomerRun& run, Import& import,
                        CustomerProgress& progress) {
  if (run.groups.empty()) progress.phase = CustomerProgress::kEnd;
  for (const ReadyGroup& group : run.groups) {
    if (!import.dry_run) {
      ABSL_ASSIGN_OR_RETURN(const bool stored, StoreGroup(tx, group.planned));
      run.stale = !stored;
      if (!stored) break;
    }
    import.report.Add(group.planned.counts);
    ABSL_RETURN_IF_ERROR(imports::AddRefusals(tx, import, group.refusals));
    ++progress.groups;
    if (tx.MustYield()) break;
  }
  return imports::SaveReport(tx, import);
}

// Bytes of the file worked off: linking is the first half of the work, taking over the second.
int64_t BytesDone(const CustomerFile& file, const Import& import,
                  const CustomerProgress& progress) {
  // The offset is that of the file as UTF-8, which may be longer than the one that was sent.
  const int64_t linked = std::min(file.bytes_linked(), import.size_bytes) / 2;
  if (progress.phase == CustomerProgress::kLinking) return linked;
  if (progress.phase != CustomerProgress::kLines) return import.size_bytes;
  const int64_t taken = progress.place ? progress.place->offset : 0;
  return import.size_bytes / 2 + std::min(taken, import.size_bytes) / 2;
}

absl::StatusOr<StepEnd> RunStep(Transaction& tx, Task& task, CustomerProgress progress,
                                CustomerRun& run) {
  ABSL_ASSIGN_OR_RETURN(Import import, LoadRunning(tx, task));
  if (progress.phase == CustomerProgress::kLines) {
    ABSL_RETURN_IF_ERROR(TakeLines(tx, *run.file, import, progress));
  } else if (progress.phase == CustomerProgress::kGroups) {
    ABSL_RETURN_IF_ERROR(TakeGroups(tx, run, import, progress));
  } else if (run.linked) {
    progress = {.phase = CustomerProgress::kLines, .links = run.file->links()};
  }
  if (progress.phase != CustomerProgress::kLinking) task.cursor = Write(progress);
  task.progress_done = std::max(task.progress_done, BytesDone(*run.file, import, progress));
  return StepEnd::Again();
}

// Nothing reads the file any more; it goes before the import is seen to have ended.
absl::Status RemoveFile(const rpc::Environment& environment, const Task& task) {
  return environment.store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const Import import, LoadRunning(db, task));
    environment.spool->Remove(import.spool_name);
    return absl::OkStatus();
  });
}

}  // namespace

TaskKind ImportCustomersTask(const rpc::Environment& environment) {
  auto slot = std::make_shared<Slot>();
  TaskKind kind;
  kind.prepare = [&environment, slot](const Task& task) -> absl::StatusOr<std::any> {
    ABSL_ASSIGN_OR_RETURN(const CustomerProgress progress, ReadCustomerProgress(task.cursor));
    if (progress.phase == CustomerProgress::kEnd) {
      slot->Leave(task.id);
      ABSL_RETURN_IF_ERROR(RemoveFile(environment, task));
      return std::any();
    }
    std::shared_ptr<CustomerRun> run = slot->Take(task.id);
    if (run == nullptr) return std::any();
    ABSL_RETURN_IF_ERROR(Prepare(environment, task, progress, *run));
    return std::any(std::move(run));
  };
  kind.step = [](Transaction& tx, Task& task, std::any& prepared) -> absl::StatusOr<StepEnd> {
    ABSL_ASSIGN_OR_RETURN(const CustomerProgress progress, ReadCustomerProgress(task.cursor));
    if (progress.phase == CustomerProgress::kEnd) {
      ABSL_ASSIGN_OR_RETURN(Import import, LoadRunning(tx, task));
      return FinishImport(tx, std::move(import));
    }
    if (!prepared.has_value()) return StepEnd::Later(tx.now() + kWaitForTurn);
    CustomerRun& run = *std::any_cast<std::shared_ptr<CustomerRun>>(prepared);
    // A restart links the file again before it goes on.
    if (!run.linked && progress.phase != CustomerProgress::kLinking) return StepEnd::Again();
    return RunStep(tx, task, progress, run);
  };
  kind.dropped = [slot](const Task& task) { slot->Leave(task.id); };
  kind.abandoned = [&environment, slot](Transaction& tx, const Task& task) {
    slot->Leave(task.id);
    return AbandonImport(tx, task, *environment.spool);
  };
  return kind;
}

}  // namespace regulars::customer
