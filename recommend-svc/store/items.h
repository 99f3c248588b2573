// Items, by code and by key.
#ifndef RECOMMEND_SVC_STORE_ITEMS_H_
#define RECOMMEND_SVC_STORE_ITEMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/domain/item.h"

namespace regulars::recommend::items {

absl::StatusOr<std::optional<int64_t>> FindKey(Snapshot& db, absl::string_view code);
// The key of a code; a code seen for the first time becomes a learned item.
absl::StatusOr<int64_t> Learn(Transaction& tx, absl::string_view code);

// The item whole.
absl::StatusOr<std::optional<Item>> Find(Snapshot& db, absl::string_view code);
absl::StatusOr<std::optional<Item>> FindByKey(Snapshot& db, int64_t key);

// Stores a new item and gives it its key.
absl::Status Insert(Transaction& tx, Item& item);
// Writes what callers change of a stored item.
absl::Status Update(Transaction& tx, const Item& item);

// What a recommendation shows and judges by.
struct Shown {
  std::string code;
  std::string title;
  std::string url;
  std::string image_url;
  std::optional<Money> price;
  Availability availability = Availability::kInStock;
  std::optional<absl::Time> sale_end_time;
  Origin origin = Origin::kLearned;
  bool deleted = false;
  // Orders that hold it.
  int64_t orders = 0;
};
// nullopt: no item has that key.
absl::StatusOr<std::optional<Shown>> LoadShown(Snapshot& db, int64_t key);

absl::StatusOr<std::vector<std::string>> LoadCategories(Snapshot& db, int64_t key);

}  // namespace regulars::recommend::items

#endif  // RECOMMEND_SVC_STORE_ITEMS_H_
