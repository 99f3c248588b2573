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
#include "chassis/base/cause.h"
#include "chassis/storage/transaction.h"

namespace regulars::recommend::customers {

// Items looked at that are kept of each customer, the latest ones.
inline constexpr int64_t kMaxViews = 50;

absl::StatusOr<std::optional<int64_t>> FindKey(Snapshot& db, absl::string_view id);
// The customer's key, given now if it has none; nullopt for one who was erased.
absl::StatusOr<std::optional<int64_t>> Know(Transaction& tx, absl::string_view id);
// From now on Know() has no key for this id.
absl::Status RememberErased(Transaction& tx, absl::string_view id);

struct Known {
  int64_t key = 0;
  std::string id;
};
// At most `limit` with greater keys than `after`, ascending.
absl::StatusOr<std::vector<Known>> List(Snapshot& db, int64_t after, int64_t limit);

// Takes the customer away if nothing is kept of them any more.
absl::Status DropUnused(Transaction& tx, int64_t key);

// Takes the customer away with what they looked at. Their receipts bear the key still, which leads
// to nobody.
absl::Status Forget(Transaction& tx, int64_t key);
// Takes the key off `limit` receipts at most; how many there were.
absl::StatusOr<int64_t> Detach(Transaction& tx, int64_t key, int64_t limit);

// Somebody who was forgotten, and whose key receipts still bear.
struct Forgotten {
  int64_t key = 0;
  std::string id;
  // The erasure that is to be confirmed; "" for none.
  std::string erasure;
  // What asked for that.
  regulars::Cause cause;
};
absl::Status NoteForgotten(Transaction& tx, const Forgotten& forgotten);
// Notes the erasure of somebody who was forgotten, with the change's cause; whether there is a note
// of them.
absl::StatusOr<bool> NoteErasure(Transaction& tx, absl::string_view id, absl::string_view erasure);
absl::StatusOr<std::optional<Forgotten>> FirstForgotten(Snapshot& db);
// Takes the note away; whether it was the last one of that id.
absl::StatusOr<bool> DropForgotten(Transaction& tx, const Forgotten& forgotten);

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
