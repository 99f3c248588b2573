// The counts that rules and best sellers are worked out from.
//
//   ABSL_RETURN_IF_ERROR(counts::Post(tx, change, settings.best_seller_days));
//   ABSL_ASSIGN_OR_RETURN(const auto neighbours, counts::Neighbours(db, item));
#ifndef RECOMMEND_SVC_STORE_COUNTS_H_
#define RECOMMEND_SVC_STORE_COUNTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/domain/basket.h"
#include "recommend-svc/domain/item.h"
#include "recommend-svc/domain/pair_block.h"

namespace regulars::recommend::counts {

// Adds a change to all counts, and moves the best sellers' window, which is `window_days` long and
// ends with the latest day that has an order.
absl::Status Post(Transaction& tx, const CountChange& change, int64_t window_days);

// Counts the best sellers anew, for a window of another length.
absl::Status ChangeWindow(Transaction& tx, int64_t window_days);

// What concerns all items.
struct Tally {
  // N: orders that hold any item.
  int64_t orders = 0;
  // The last day of the best sellers' window, since 1970-01-01; nullopt while there is no order.
  std::optional<int64_t> latest_day;
  // Of any item, as ChangesOf() counts them; for comparing alone.
  int64_t changes = 0;
};
absl::StatusOr<Tally> LoadTally(Snapshot& db);

// How often what a caller says of an item, its orders or its pairs have changed; for comparing
// alone.
absl::StatusOr<int64_t> ChangesOf(Snapshot& db, int64_t item);
// Counts a change of what a caller says of it. Post() counts its own.
absl::Status NoteChange(Transaction& tx, int64_t item);

absl::StatusOr<ItemCounts> OfItem(Snapshot& db, int64_t item);
// Orders that hold the item: n(A).
absl::StatusOr<int64_t> OrdersOf(Snapshot& db, int64_t item);

// The items that at least `min_orders` orders hold together with `item`, ascending.
absl::StatusOr<std::vector<PairCount>> Neighbours(Snapshot& db, int64_t item,
                                                  int64_t min_orders = 1);

struct BestSeller {
  int64_t item = 0;
  std::string code;
  int64_t recent_orders = 0;
};
// At most `limit` of them, most orders first, then by code, behind `after`.
absl::StatusOr<std::vector<BestSeller>> BestSellers(Snapshot& db,
                                                    const std::optional<BestSeller>& after,
                                                    int64_t limit);

}  // namespace regulars::recommend::counts

#endif  // RECOMMEND_SVC_STORE_COUNTS_H_
