#include "recommend-svc/domain/basket.h"

namespace regulars::recommend {

void MarkCounted(const Quantities& returned, std::vector<SoldItem>& sold) {
  for (SoldItem& line : sold) {
    const auto back = returned.find(line.item);
    line.counted = line.quantity > 0 && (back == returned.end() || back->second < line.quantity);
  }
}

std::vector<int64_t> CountedItems(const std::vector<SoldItem>& sold) {
  std::vector<int64_t> items;
  for (const SoldItem& line : sold) {
    if (line.counted) items.push_back(line.item);
  }
  return items;
}

void CountChange::Move(const Basket& basket, int64_t by) {
  if (basket.items.empty()) return;
  orders += by;
  for (const int64_t item : basket.items) {
    items[item] += by;
    days[{basket.day, item}] += by;
  }
  if (basket.items.size() > kMaxPairItems) return;
  for (const int64_t item : basket.items) {
    std::map<int64_t, int64_t>& others = pairs[item];
    for (const int64_t other : basket.items) {
      if (other != item) others[other] += by;
    }
  }
}

}  // namespace regulars::recommend
