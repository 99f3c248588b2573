#include "customer-svc/rpc/customer_import_run.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/rpc/import_options.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/store/customers.h"

namespace regulars::customer {
namespace {

// How long linking goes on between two looks at whether the import was cancelled.
constexpr absl::Duration kLinkingSlice = absl::Milliseconds(250);
// Lines of groups that are got ready for one step.
constexpr size_t kGroupLines = 256;

absl::StatusOr<std::unique_ptr<CustomerFile>> OpenFile(Snapshot& db, rpc::Spool& spool,
                                                       const Task& task) {
  ABSL_ASSIGN_OR_RETURN(const Import import, LoadRunning(db, task));
  v1::CustomerImportOptions options;
  if (!options.ParseFromString(import.options)) {
    return Error(absl::StatusCode::kDataLoss, "the import's options are not readable",
                 {.reason = "IMPORT_DAMAGED"});
  }
  ABSL_ASSIGN_OR_RETURN(CustomerReading reading, CheckOptions(db, options));
  return CustomerFile::Open(spool.Path(import.spool_name), spool.folder(), std::move(reading));
}

// Stored customers by their keys, so that lines that find one by different identifiers are linked.
FindStored StoredCustomers(const rpc::Environment& environment) {
  return [&environment](absl::Span<const Customer> customers,
                        std::vector<std::vector<int64_t>>& found) {
    return environment.store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
      for (size_t i = 0; i < customers.size(); ++i) {
        for (const ExternalId& id : customers[i].external_ids) {
          ABSL_ASSIGN_OR_RETURN(const auto owner,
                                customers::FindByExternalId(db, id.system, id.id));
          if (owner) found[i].push_back(owner->key);
        }
        for (const Email& email : customers[i].emails) {
          ABSL_ASSIGN_OR_RETURN(const auto owner, customers::FindByEmail(db, email.address));
          if (owner) found[i].push_back(owner->key);
        }
      }
      return absl::OkStatus();
    });
  };
}

absl::Status Plan(const rpc::Environment& environment, const Task& task, CustomerFile& file,
                  ReadyGroup& group) {
  if (group.lines.too_large) {
    group.planned = RefuseGroup(group.lines.places.size());
  } else {
    ABSL_RETURN_IF_ERROR(environment.store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const Import import, LoadRunning(db, task));
      ABSL_ASSIGN_OR_RETURN(CustomerContext context, ContextOf(db, import));
      ABSL_ASSIGN_OR_RETURN(group.planned, PlanGroup(db, context, file.rows(), group.lines.rows));
      return absl::OkStatus();
    }));
  }
  group.refusals.clear();
  for (RefusedLine& refused : group.planned.refused) {
    const LinePlace& place = group.lines.places[refused.line];
    refused.refusal.line_number = place.line_number;
    ABSL_ASSIGN_OR_RETURN(refused.refusal.text, file.TextOf(place));
    group.refusals.push_back(std::move(refused.refusal));
  }
  group.planned.refused.clear();
  return absl::OkStatus();
}

// Makes the run's groups begin behind those that are taken over.
absl::Status PrepareGroups(const rpc::Environment& environment, const Task& task,
                           const CustomerProgress& progress, CustomerRun& run) {
  while (!run.groups.empty() &&
         run.taken - static_cast<int64_t>(run.groups.size()) < progress.groups) {
    run.groups.pop_front();
  }
  if (run.taken < progress.groups) {
    ABSL_RETURN_IF_ERROR(run.file->SkipGroups(progress.groups - run.taken));
    run.taken = progress.groups;
  }
  size_t lines = 0;
  for (ReadyGroup& group : run.groups) {
    if (run.stale) ABSL_RETURN_IF_ERROR(Plan(environment, task, *run.file, group));
    lines += group.lines.places.size();
  }
  run.stale = false;
  while (lines < kGroupLines) {
    ABSL_ASSIGN_OR_RETURN(auto next, run.file->NextGroup());
    if (!next) break;
    lines += next->places.size();
    ++run.taken;
    ReadyGroup& group = run.groups.emplace_back();
    group.lines = *std::move(next);
    ABSL_RETURN_IF_ERROR(Plan(environment, task, *run.file, group));
  }
  return absl::OkStatus();
}

}  // namespace

std::string Write(const CustomerProgress& p) {
  const csv::Position place = p.place.value_or(csv::Position());
  return absl::StrCat(p.phase, " ", p.links, " ", p.groups, " ", place.record, " ", place.line, " ",
                      p.place ? place.offset : 0);
}

absl::StatusOr<CustomerProgress> ReadCustomerProgress(const std::string& cursor) {
  if (cursor.empty()) return CustomerProgress();
  const std::vector<absl::string_view> parts = absl::StrSplit(cursor, ' ');
  CustomerProgress p;
  csv::Position place;
  if (parts.size() == 6 && absl::SimpleAtoi(parts[0], &p.phase) &&
      absl::SimpleAtoi(parts[1], &p.links) && absl::SimpleAtoi(parts[2], &p.groups) &&
      absl::SimpleAtoi(parts[3], &place.record) && absl::SimpleAtoi(parts[4], &place.line) &&
      absl::SimpleAtoi(parts[5], &place.offset)) {
    // No record begins where the header does.
    if (place.offset > 0) p.place = place;
    return p;
  }
  return Error(absl::StatusCode::kDataLoss, "the task's cursor is not readable",
               {.reason = "TASK_DAMAGED"});
}

absl::StatusOr<CustomerContext> ContextOf(Snapshot& db, const Import& import) {
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(db));
  context.on_behalf_of = auth::Caller{.principal = import.principal, .realms = import.realms};
  return context;
}

absl::Status Prepare(const rpc::Environment& environment, const Task& task,
                     const CustomerProgress& progress, CustomerRun& run) {
  if (run.file == nullptr) {
    ABSL_RETURN_IF_ERROR(environment.store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(run.file, OpenFile(db, *environment.spool, task));
      return absl::OkStatus();
    }));
  }
  if (!run.linked) {
    ABSL_ASSIGN_OR_RETURN(run.linked,
                          run.file->LinkSome(StoredCustomers(environment), kLinkingSlice));
  }
  if (!run.linked || progress.phase == CustomerProgress::kLinking) return absl::OkStatus();
  if (progress.links != run.file->links()) {
    // What is behind the cursor is not what was taken over.
    return FailedPrecondition("CUSTOMERS_CHANGED",
                              "the import was interrupted, and identifiers of customers in its "
                              "file have changed hands since: send it again");
  }
  if (progress.phase == CustomerProgress::kGroups) {
    return PrepareGroups(environment, task, progress, run);
  }
  return run.file->Ready(progress.place);
}

}  // namespace regulars::customer
