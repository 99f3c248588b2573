// Imports with their reports and refused lines (tables import, import_refusal,
// import_new_customer).
//
//   ABSL_ASSIGN_OR_RETURN(auto found, imports::FindById(db, id));
//   …found->report.Add(counts)…
//   ABSL_RETURN_IF_ERROR(imports::AddRefusals(tx, *found, refusals));
//   ABSL_RETURN_IF_ERROR(imports::SaveReport(tx, *found));
#ifndef CUSTOMER_SVC_STORE_IMPORTS_H_
#define CUSTOMER_SVC_STORE_IMPORTS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "chassis/filter/expression.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/import.h"

namespace regulars::customer::imports {

// Stores a new import and gives it its key.
absl::Status Insert(Transaction& tx, Import& import);

// One that is not deleted.
absl::StatusOr<std::optional<Import>> FindById(Snapshot& db, absl::string_view id);

// Imports that run, and the names of the files that they hold in the spool.
absl::StatusOr<int64_t> CountRunning(Snapshot& db);
absl::StatusOr<std::set<std::string>> SpooledFiles(Snapshot& db);

// Writes report and refusals_kept back.
absl::Status SaveReport(Transaction& tx, const Import& import);

// Ends it: state, finish_time, error and report are written, its refused lines begin to expire.
absl::Status Finish(Transaction& tx, const Import& import);

// Adds refused lines, as many as may be kept, and moves import.refusals_kept.
absl::Status AddRefusals(Transaction& tx, Import& import, absl::Span<const Refusal> refusals);

// In the file's order, from behind a line on.
absl::StatusOr<std::vector<Refusal>> ListRefusals(Snapshot& db, int64_t import, int64_t after_line,
                                                  int64_t limit);

// A refused line of any import.
struct RefusalPlace {
  int64_t import = 0;
  int64_t line_number = 0;
};

// Takes away those refused lines, of the next `limit` behind `after`, that `is_about` answers true
// for. Returns the place of the last one looked at; nullopt when there are no more.
absl::StatusOr<std::optional<RefusalPlace>> EraseRefusals(
    Transaction& tx, const RefusalPlace& after, int64_t limit,
    const std::function<bool(const std::string& text)>& is_about);

// Whether an import that began before `time` still runs.
absl::StatusOr<bool> AnyRunsSince(Snapshot& db, absl::Time time);

// Takes away at most `limit` marks that dry runs keep of whom they would have made, of imports that
// have ended; whether there may be more.
absl::StatusOr<bool> ForgetNewCustomersOfEnded(Transaction& tx, int64_t limit);

// Whether none of these fingerprints, those of one customer of a dry run, has been there before: if
// so, the customer counts. All of them are kept.
absl::StatusOr<bool> CountNewCustomer(Transaction& tx, int64_t import,
                                      absl::Span<const int64_t> fingerprints);
// Takes away at most `limit` of them; whether there may be more.
absl::StatusOr<bool> ForgetNewCustomers(Transaction& tx, int64_t import, int64_t limit);

// Reads a filter on kind, state, dry_run, create_time and sha256. INVALID_ARGUMENT as of
// filter::CompileRequest.
absl::StatusOr<filter::Expression> CompileFilter(absl::string_view text);

// The next `limit` imports, newest first, before a key (0: from the newest); `meets` says which of
// them meet the filter.
struct Listed {
  Import import;
  bool meets = false;
};
absl::StatusOr<std::vector<Listed>> List(Snapshot& db, const filter::Expression& filter,
                                         absl::TimeZone zone, int64_t before, int64_t limit);

// Hides the import from callers; what it holds is cleared up by ClearSome.
absl::Status Delete(Transaction& tx, const Import& import);

// Takes away at most `limit` rows of imports that are due to be cleared up; whether there may be
// more.
absl::StatusOr<bool> ClearSome(Transaction& tx, int64_t limit);

}  // namespace regulars::customer::imports

#endif  // CUSTOMER_SVC_STORE_IMPORTS_H_
