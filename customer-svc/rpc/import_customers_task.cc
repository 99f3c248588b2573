#include "customer-svc/rpc/import_customers_task.h"

#include <algorithm>
#include <any>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "chassis/base/fingerprint.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "customer-svc/domain/email_address.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/customer_file.h"
#include "customer-svc/rpc/import_options.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/store/imports.h"

namespace regulars::customer {
namespace {

using type::v1::UpsertOutcome;

// The cursor of a task whose file is read to the end.
constexpr char kAtEnd[] = "end";
// How long an import waits before it looks whether the one before it has ended.
constexpr absl::Duration kWaitForTurn = absl::Milliseconds(250);
// Rows taken away between two looks at whether others wait.
constexpr int64_t kForgetBatch = 200;

// What one task has at hand between its steps.
struct Session {
  std::string task_id;
  std::unique_ptr<CustomerFile> file;
};

// The one import that is worked on: tasks come in turns, and what each reads ahead would add up.
// The runner's thread prepares, the writer's thread ends tasks.
class Slot {
 public:
  // The task's session, empty if it has just begun; null while another task has its turn.
  std::shared_ptr<Session> Take(const std::string& task_id) {
    std::lock_guard lock(mutex_);
    if (session_ == nullptr) {
      session_ = std::make_shared<Session>();
      session_->task_id = task_id;
    }
    return session_->task_id == task_id ? session_ : nullptr;
  }
  // Lets go of the file.
  void Leave(const std::string& task_id) {
    std::lock_guard lock(mutex_);
    if (session_ != nullptr && session_->task_id == task_id) session_.reset();
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<Session> session_;  // Guarded by mutex_.
};

std::string WriteCursor(const csv::Position& place) {
  return absl::StrCat(place.record, " ", place.line, " ", place.offset);
}

// nullopt for the empty cursor of a task that has not begun.
absl::StatusOr<std::optional<csv::Position>> ReadCursor(const std::string& cursor) {
  if (cursor.empty()) return std::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(cursor, ' ');
  csv::Position place;
  if (parts.size() == 3 && absl::SimpleAtoi(parts[0], &place.record) &&
      absl::SimpleAtoi(parts[1], &place.line) && absl::SimpleAtoi(parts[2], &place.offset)) {
    return place;
  }
  return Error(absl::StatusCode::kDataLoss, "the task's cursor is not readable",
               {.reason = "TASK_DAMAGED"});
}

absl::StatusOr<std::unique_ptr<CustomerFile>> OpenFile(Snapshot& db, rpc::Spool& spool,
                                                       const Task& task) {
  ABSL_ASSIGN_OR_RETURN(const Import import, LoadRunning(db, task));
  v1::CustomerImportOptions options;
  if (!options.ParseFromString(import.options)) {
    return Error(absl::StatusCode::kDataLoss, "the import's options are not readable",
                 {.reason = "IMPORT_DAMAGED"});
  }
  ABSL_ASSIGN_OR_RETURN(CustomerReading reading, CheckOptions(db, options));
  return CustomerFile::Open(spool.Path(import.spool_name), std::move(reading));
}

// One step's work on an import.
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
    const absl::StatusOr<UpsertOutcome> outcome = import_.dry_run ? Judge(line) : Upsert(line);
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
  absl::StatusOr<UpsertOutcome> Upsert(const CustomerLine& line) {
    ABSL_ASSIGN_OR_RETURN(const ChangedCustomer changed,
                          ApplyUpsert(tx_, context_, {.customer = line.row.customer}));
    return changed.outcome;
  }

  // What Upsert() would come to, had the lines before been stored.
  absl::StatusOr<UpsertOutcome> Judge(const CustomerLine& line) {
    ABSL_ASSIGN_OR_RETURN(UpsertOutcome outcome,
                          JudgeUpsert(tx_, context_, {.customer = line.row.customer}));
    if (outcome == type::v1::UPSERT_OUTCOME_UNCHANGED) return outcome;
    if (outcome == type::v1::UPSERT_OUTCOME_CREATED) {
      ABSL_ASSIGN_OR_RETURN(const bool is_new, RememberIdentifiers(line.row.customer));
      if (!is_new) outcome = type::v1::UPSERT_OUTCOME_UPDATED;
    }
    ABSL_ASSIGN_OR_RETURN(const bool first,
                          imports::CountNewCustomer(tx_, import_.key, {line.fingerprint}));
    return first ? outcome : type::v1::UPSERT_OUTCOME_UNCHANGED;
  }

  // Whether none of the customer's identifiers was there before.
  absl::StatusOr<bool> RememberIdentifiers(const Customer& customer) {
    std::vector<int64_t> fingerprints;
    for (const ExternalId& id : customer.external_ids) {
      Fingerprint print;
      print.Add(id.system);
      print.Add(id.id);
      fingerprints.push_back(static_cast<int64_t>(print.Take()));
    }
    for (const Email& email : customer.emails) {
      ABSL_ASSIGN_OR_RETURN(const std::string folded, FoldEmail(email.address));
      Fingerprint print;
      print.Add(folded);
      fingerprints.push_back(static_cast<int64_t>(print.Take()));
    }
    // An address may stand there twice.
    std::sort(fingerprints.begin(), fingerprints.end());
    fingerprints.erase(std::unique(fingerprints.begin(), fingerprints.end()), fingerprints.end());
    return imports::CountNewCustomer(tx_, import_.key, fingerprints);
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

absl::StatusOr<StepEnd> EndImport(Transaction& tx, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(Import import, LoadRunning(tx, task));
  bool more = import.dry_run;
  while (more) {
    ABSL_ASSIGN_OR_RETURN(more, imports::ForgetNewCustomers(tx, import.key, kForgetBatch));
    if (more && tx.MustYield()) return StepEnd::Again();
  }
  return FinishImport(tx, std::move(import));
}

absl::StatusOr<StepEnd> RunStep(Transaction& tx, Task& task, const CustomerFile& file) {
  ABSL_ASSIGN_OR_RETURN(Import import, LoadRunning(tx, task));
  // Between preparation and step nothing but this task moves its cursor: the lines are those that
  // come next.
  if (file.lines().empty()) {
    task.cursor = kAtEnd;
    task.progress_done = import.size_bytes;
    return StepEnd::Again();
  }
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
  context.on_behalf_of = auth::Caller{.principal = import.principal, .realms = import.realms};
  Step step(tx, file.rows(), import, std::move(context));
  for (const CustomerLine& line : file.lines()) {
    ABSL_RETURN_IF_ERROR(step.Apply(line));
    task.cursor = WriteCursor(line.next);
    // The offset is that of the file as UTF-8, which may be longer than the one that was sent.
    task.progress_done = std::min<int64_t>(line.next.offset, import.size_bytes);
    if (tx.MustYield()) break;
  }
  ABSL_RETURN_IF_ERROR(step.Save());
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

absl::Status Prepare(const rpc::Environment& environment, const Task& task, Session& session) {
  if (session.file == nullptr) {
    ABSL_RETURN_IF_ERROR(environment.store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(session.file, OpenFile(db, *environment.spool, task));
      return absl::OkStatus();
    }));
  }
  ABSL_ASSIGN_OR_RETURN(const std::optional<csv::Position> place, ReadCursor(task.cursor));
  return session.file->Ready(place);
}

}  // namespace

TaskKind ImportCustomersTask(const rpc::Environment& environment) {
  auto slot = std::make_shared<Slot>();
  TaskKind kind;
  kind.prepare = [&environment, slot](const Task& task) -> absl::StatusOr<std::any> {
    if (task.cursor == kAtEnd) {
      slot->Leave(task.id);
      ABSL_RETURN_IF_ERROR(RemoveFile(environment, task));
      return std::any();
    }
    std::shared_ptr<Session> session = slot->Take(task.id);
    if (session == nullptr) return std::any();
    ABSL_RETURN_IF_ERROR(Prepare(environment, task, *session));
    return std::any(std::move(session));
  };
  kind.step = [](Transaction& tx, Task& task, std::any& prepared) -> absl::StatusOr<StepEnd> {
    if (task.cursor == kAtEnd) return EndImport(tx, task);
    if (!prepared.has_value()) return StepEnd::Later(tx.now() + kWaitForTurn);
    return RunStep(tx, task, *std::any_cast<std::shared_ptr<Session>>(prepared)->file);
  };
  kind.dropped = [slot](const Task& task) { slot->Leave(task.id); };
  kind.abandoned = [&environment, slot](Transaction& tx, const Task& task) {
    slot->Leave(task.id);
    return AbandonImport(tx, task, *environment.spool);
  };
  return kind;
}

}  // namespace regulars::customer
