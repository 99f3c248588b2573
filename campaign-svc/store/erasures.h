// Erased people whose traces in remembered replies are still to be gone through (table erasure).
#ifndef CAMPAIGN_SVC_STORE_ERASURES_H_
#define CAMPAIGN_SVC_STORE_ERASURES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/base/cause.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign::erasures {

struct Erasure {
  int64_t key = 0;
  // Both are names: "erasures/…" of customer-svc, "customers/…".
  std::string erasure;
  std::string customer;
  // What asked for it.
  Cause cause;
};

// With the change's cause, unless it is there.
absl::Status Add(Transaction& tx, absl::string_view erasure, absl::string_view customer);
// The oldest, at most `limit`.
absl::StatusOr<std::vector<Erasure>> Oldest(Snapshot& db, int64_t limit);
absl::Status Delete(Transaction& tx, int64_t key);

}  // namespace regulars::campaign::erasures

#endif  // CAMPAIGN_SVC_STORE_ERASURES_H_
