// Customers of whom something is kept, and what they looked at.
#ifndef RECOMMEND_SVC_STORE_CUSTOMERS_H_
#define RECOMMEND_SVC_STORE_CUSTOMERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"

namespace regulars::recommend::customers {

// Items looked at that are kept of each customer, the latest ones.
inline constexpr int64_t kMaxViews = 50;

absl::StatusOr<std::optional<int64_t>> FindKey(Snapshot& db, absl::string_view id);
// The customer's key, given now if it has none.
absl::StatusOr<int64_t> Know(Transaction& tx, absl::string_view id);

// Takes the customer away with what they looked at, and off their receipts.
absl::Status Forget(Transaction& tx, int64_t key);

struct View {
  int64_t item = 0;
  absl::Time time;
  std::string store;
};
// Remembers a view, unless a later one of the item is known, and drops what kMaxViews leaves out.
absl::Status AddView(Transaction& tx, int64_t customer, const View& view);
// Latest first, then by item.
absl::StatusOr<std::vector<View>> LoadViews(Snapshot& db, int64_t customer);

}  // namespace regulars::recommend::customers

#endif  // RECOMMEND_SVC_STORE_CUSTOMERS_H_
