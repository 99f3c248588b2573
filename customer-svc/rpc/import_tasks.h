// What imports of both kinds share: how they begin and end, and the clearing up after them.
//
//   import_order_lines, import_customers   the imports; a task's input is its import's id
//   import_clear                           takes away refused lines that are old, once a day
//   import_forget                          the same, for an import that was deleted
#ifndef CUSTOMER_SVC_RPC_IMPORT_TASKS_H_
#define CUSTOMER_SVC_RPC_IMPORT_TASKS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/rpc/environment.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"
#include "customer-svc/domain/import.h"

namespace regulars::customer {

inline constexpr char kImportOrderLinesTask[] = "import_order_lines";
inline constexpr char kImportCustomersTask[] = "import_customers";
inline constexpr char kImportClearTask[] = "import_clear";
inline constexpr char kImportForgetTask[] = "import_forget";

// Imports that may wait or run at once.
inline constexpr int64_t kMaxRunningImports = 100;

// Stores the import with a task of its own, due at once. RESOURCE_EXHAUSTED with TOO_MANY_IMPORTS.
absl::StatusOr<Task> StartImport(Transaction& tx, Import import);

// The import that a task works on. FAILED_PRECONDITION with IMPORT_ENDED if it does not run.
absl::StatusOr<Import> LoadRunning(Snapshot& db, const Task& task);

// In whose name the import's changes are made: its sender's, with their limits to stores.
Origin OriginOf(const Snapshot& db, const Import& import);

// Ends an import that was read to its end: what the task answers with.
absl::StatusOr<StepEnd> FinishImport(Transaction& tx, Import import);

// Ends an import whose task has failed or was cancelled. Its file goes at once: if the change fails
// after all, the import fails for want of it.
absl::Status AbandonImport(Transaction& tx, const Task& task, rpc::Spool& spool);

// Removes what no running import holds from the spool, and plans import_clear. For start-up.
absl::Status PlanImports(const rpc::Environment& environment);

// Works on import_clear and import_forget.
TaskKind ImportClearTask();

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORT_TASKS_H_
