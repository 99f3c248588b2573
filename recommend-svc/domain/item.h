// Items as the rules see them.
#ifndef RECOMMEND_SVC_DOMAIN_ITEM_H_
#define RECOMMEND_SVC_DOMAIN_ITEM_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "chassis/base/money.h"

namespace regulars::recommend {

// Numbers as in Item.Origin and Item.Availability; the store keeps them.
enum class Origin : int64_t { kLearned = 1, kCatalogue = 2 };
enum class Availability : int64_t { kInStock = 1, kOutOfStock = 2 };

// What a caller says of an item.
struct ItemTexts {
  std::string title;
  std::string url;
  std::string image_url;
  std::optional<Money> price;
  std::vector<std::string> categories;
  std::vector<std::string> tags;
  Availability availability = Availability::kInStock;
  std::optional<absl::Time> sale_end_time;
  std::map<std::string, std::string> attributes;

  friend bool operator==(const ItemTexts&, const ItemTexts&) = default;
};

struct Item {
  // The store's number of it; 0 if it is not stored yet.
  int64_t key = 0;
  std::string code;
  ItemTexts texts;
  Origin origin = Origin::kLearned;
  absl::Time create_time;
  // Unset until a caller has changed it.
  std::optional<absl::Time> update_time;
  std::optional<absl::Time> delete_time;
  // Counts changes by callers.
  int64_t version = 0;
};

// What orders say of an item.
struct ItemCounts {
  int64_t orders = 0;
  int64_t recent_orders = 0;
  // Days since 1970-01-01, of UTC.
  std::optional<int64_t> last_day;
};

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_ITEM_H_
