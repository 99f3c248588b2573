#include "recommend-svc/store/item_cache.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "recommend-svc/domain/damage.h"

namespace regulars::recommend {

absl::StatusOr<std::shared_ptr<const items::Shown>> ItemCache::Show(Snapshot& db,
                                                                    const counts::Tally& tally,
                                                                    int64_t item) {
  ABSL_ASSIGN_OR_RETURN(Entry entry, Find(db, tally, item));
  if (entry.shown != nullptr) return entry.shown;
  ABSL_ASSIGN_OR_RETURN(auto shown, items::LoadShown(db, item));
  // Items never go.
  if (!shown) return Damaged(absl::StrCat("counts are of an item that is not there: ", item));
  entry.shown = std::make_shared<const items::Shown>(*std::move(shown));
  Keep(item, entry);
  return entry.shown;
}

absl::StatusOr<std::shared_ptr<const Neighbours>> ItemCache::FindNeighbours(
    Snapshot& db, const counts::Tally& tally, int64_t item, int64_t min_orders) {
  ABSL_ASSIGN_OR_RETURN(Entry entry, Find(db, tally, item));
  if (entry.neighbours != nullptr && entry.min_orders == min_orders) return entry.neighbours;
  ABSL_ASSIGN_OR_RETURN(auto pairs, counts::Neighbours(db, item, min_orders));
  entry.min_orders = min_orders;
  entry.neighbours = std::make_shared<const Neighbours>(std::move(pairs));
  Keep(item, entry);
  return entry.neighbours;
}

absl::StatusOr<ItemCache::Entry> ItemCache::Find(Snapshot& db, const counts::Tally& tally,
                                                 int64_t item) {
  Entry entry;
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(item);
    if (found != entries_.end()) entry = found->second;
  }
  if (entry.compared == tally.changes) return entry;
  ABSL_ASSIGN_OR_RETURN(const int64_t changes, counts::ChangesOf(db, item));
  if (entry.changes != changes) entry = Entry{.changes = changes};
  entry.compared = tally.changes;
  if (entry.shown != nullptr || entry.neighbours != nullptr) Keep(item, entry);
  return entry;
}

void ItemCache::Keep(int64_t item, const Entry& entry) {
  std::lock_guard lock(mutex_);
  Entry& kept = entries_[item];
  // A snapshot that is behind those of others leaves them what they have read.
  if (kept.compared > entry.compared) return;
  pairs_ += entry.pairs() - kept.pairs();
  kept = entry;
  if (entries_.size() <= limits_.items && pairs_ <= limits_.pairs) return;
  // What is asked for most is soon here again.
  entries_.clear();
  pairs_ = 0;
}

}  // namespace regulars::recommend
