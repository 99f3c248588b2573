// The programme (one row with its tiers) and the revisions of the earning rule.
#ifndef LOYALTY_SVC_STORE_PROGRAMMES_H_
#define LOYALTY_SVC_STORE_PROGRAMMES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "loyalty-svc/domain/earning.h"
#include "loyalty-svc/domain/programme.h"

namespace regulars::loyalty::programmes {

// Reads a row and the tiers; cheap.
absl::StatusOr<Programme> Load(Snapshot& db);
absl::Status Save(Transaction& tx, const Programme& programme);
absl::Status SaveBaseCurrency(Transaction& tx, absl::string_view currency);

// The revision that holds for orders of this time.
absl::StatusOr<RuleRevision> RuleAt(Snapshot& db, absl::Time order_time);
// The latest revision.
absl::StatusOr<RuleRevision> LatestRule(Snapshot& db);
// Revisions older than `before` (0: from the latest), latest first.
absl::StatusOr<std::vector<RuleRevision>> ListRules(Snapshot& db, int64_t before, int64_t limit);
// Adds a revision, or replaces the one with its number.
absl::Status PutRule(Transaction& tx, const RuleRevision& revision);

}  // namespace regulars::loyalty::programmes

#endif  // LOYALTY_SVC_STORE_PROGRAMMES_H_
