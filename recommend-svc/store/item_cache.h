// What recommendations read of the same items again and again, kept from one call to the next.
//
//   ItemCache cache;                                          // one for the process
//   ABSL_ASSIGN_OR_RETURN(const counts::Tally tally, counts::LoadTally(db));
//   ABSL_ASSIGN_OR_RETURN(auto shown, cache.Show(db, tally, item));
//
// Exact: the store counts the changes of each item, and of all, in the transaction that makes them.
// What was read at one count of an item holds for every snapshot with that count. Where the count
// of all is the same too, the store need not even be asked.
//
// Thread-safe.
#ifndef RECOMMEND_SVC_STORE_ITEM_CACHE_H_
#define RECOMMEND_SVC_STORE_ITEM_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/domain/rules.h"
#include "recommend-svc/store/counts.h"
#include "recommend-svc/store/items.h"

namespace regulars::recommend {

class ItemCache {
 public:
  struct Limits {
    size_t items = 20'000;
    // Neighbours of all items: 32 bytes each.
    size_t pairs = 500'000;
  };

  ItemCache() : ItemCache(Limits()) {}
  explicit ItemCache(const Limits& limits) : limits_(limits) {}

  // `tally` is that of the snapshot; the item must exist.
  absl::StatusOr<std::shared_ptr<const items::Shown>> Show(Snapshot& db, const counts::Tally& tally,
                                                           int64_t item);
  // Those of at least `min_orders` orders, as counts::Neighbours().
  absl::StatusOr<std::shared_ptr<const Neighbours>> FindNeighbours(Snapshot& db,
                                                                   const counts::Tally& tally,
                                                                   int64_t item,
                                                                   int64_t min_orders);

 private:
  struct Entry {
    // counts::ChangesOf() the item when the rest was read; below any at first.
    int64_t changes = -1;
    // Tally::changes of the last snapshot that was seen to have that count.
    int64_t compared = -1;
    // Null where it was not asked for.
    std::shared_ptr<const items::Shown> shown;
    int64_t min_orders = 0;
    std::shared_ptr<const Neighbours> neighbours;

    size_t pairs() const { return neighbours == nullptr ? 0 : neighbours->size(); }
  };

  // What is known of the item and holds for the snapshot.
  absl::StatusOr<Entry> Find(Snapshot& db, const counts::Tally& tally, int64_t item);
  void Keep(int64_t item, const Entry& entry);

  const Limits limits_;
  std::mutex mutex_;
  absl::flat_hash_map<int64_t, Entry> entries_;  // Guarded by mutex_.
  size_t pairs_ = 0;                             // Of all entries. Guarded by mutex_.
};

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_STORE_ITEM_CACHE_H_
