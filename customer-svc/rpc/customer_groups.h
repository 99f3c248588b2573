// Lines of a customer file that speak of the same customers, as one change of each of them: however
// many lines say something of a customer, it changes once, and not at all if it is as the lines
// leave it.
//
//   ABSL_ASSIGN_OR_RETURN(PlannedGroup group, PlanGroup(db, context, rows, lines));   // anywhere
//   ABSL_ASSIGN_OR_RETURN(const bool stored, StoreGroup(tx, group));                  // in a
//   change
//
// The lines are applied one after another, as upserts, to customers in memory, and all of them
// again, until they leave every customer as they found it. That is the state which is stored: the
// same lines, applied to it, change nothing.
//
// Phone numbers in national form are read by the country that the customer has then, as they would
// be once it is stored: where a line was read by another one, everything begins anew.
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_GROUPS_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_GROUPS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer_rows.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/rpc/customer_changes.h"

namespace regulars::customer {

// Customers that one group may speak of. More of them share a mistake and no person.
inline constexpr size_t kMaxGroupCustomers = 32;

// A line that is left out.
struct RefusedLine {
  // Which of the group.
  size_t line = 0;
  // Without line number and text.
  Refusal refusal;
};

struct PlannedGroup {
  // Those who change.
  std::vector<PlannedUpsert> changes;
  // Everything of the group.
  ImportReport counts;
  std::vector<RefusedLine> refused;
};

// What the lines come to. Only an error of the store is one.
absl::StatusOr<PlannedGroup> PlanGroup(Snapshot& db, CustomerContext& context,
                                       const CustomerRows& rows,
                                       absl::Span<const CustomerRow> lines);

// All lines of a group that is too large.
PlannedGroup RefuseGroup(size_t lines);

// Writes it; false, and nothing is written, if a customer or the owner of an identifier is another
// than when the group was planned.
absl::StatusOr<bool> StoreGroup(Transaction& tx, const PlannedGroup& group);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_GROUPS_H_
