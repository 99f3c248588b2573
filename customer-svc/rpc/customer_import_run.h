// An import of customers under way: where it is, and what is got ready for its next step outside
// changes.
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_IMPORT_RUN_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_IMPORT_RUN_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/csv/reader.h"
#include "chassis/rpc/environment.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/task.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/customer_file.h"
#include "customer-svc/rpc/customer_groups.h"

namespace regulars::customer {

// Where an import is: the task's cursor.
struct CustomerProgress {
  enum Phase : int64_t { kLinking = 0, kLines = 1, kGroups = 2, kEnd = 3 };
  int64_t phase = kLinking;
  // Which lines were found to be linked, as a number.
  int64_t links = 0;
  // Where the next line is; nullopt: behind the header.
  std::optional<csv::Position> place;
  // How many groups were taken over.
  int64_t groups = 0;
};

std::string Write(const CustomerProgress& progress);
// The empty cursor is that of a task that has not begun.
absl::StatusOr<CustomerProgress> ReadCustomerProgress(const std::string& cursor);

// A group got ready for a step.
struct ReadyGroup {
  PlannedGroup planned;
  // The refused lines with their numbers and texts.
  std::vector<Refusal> refusals;
  // Kept until it is stored, should it have to be planned again.
  CustomerLineGroup lines;
};

// What one task has at hand between its steps.
struct CustomerRun {
  std::string task_id;
  std::unique_ptr<CustomerFile> file;
  bool linked = false;
  // The groups behind those that are taken over, and how many were taken from the file so far.
  std::deque<ReadyGroup> groups;
  int64_t taken = 0;
  // Somebody has changed a customer since the groups were planned.
  bool stale = false;
};

// Gets ready what the next step needs. FAILED_PRECONDITION with CUSTOMERS_CHANGED if the import
// cannot go on behind its cursor after a restart.
absl::Status Prepare(const rpc::Environment& environment, const Task& task,
                     const CustomerProgress& progress, CustomerRun& run);

// Customers are changed for the one who sent the file.
absl::StatusOr<CustomerContext> ContextOf(Snapshot& db, const Import& import);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_IMPORT_RUN_H_
