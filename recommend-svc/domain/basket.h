// What an order counts for: which items it holds, and what counting it changes. Pure.
//
// An order holds an item while some of what it sold of it is not known to have come back: then it
// counts once for the item, once for each pair of items that it holds, and once for the number of
// orders. Counts are taken back by the same functions that add them, so a sum over any sequence of
// changes is that of the orders as they stand at its end.
//
//   CountChange change;
//   change.Take(before);
//   change.Add(after);
//   counts::Post(tx, change);
#ifndef RECOMMEND_SVC_DOMAIN_BASKET_H_
#define RECOMMEND_SVC_DOMAIN_BASKET_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace regulars::recommend {

// Orders of more distinct items count for their items and for the number of orders, not for pairs:
// they cost as the square of their items, and who buys a hundred things says nothing about any two
// of them.
inline constexpr size_t kMaxPairItems = 100;

// One item of a receipt.
struct SoldItem {
  int64_t item = 0;
  // Sold in all its lines, in millionths.
  int64_t quantity = 0;
  // Whether the receipt counts for the item.
  bool counted = false;

  friend bool operator==(const SoldItem&, const SoldItem&) = default;
};

// What a receipt counts for.
struct Basket {
  // Day (of UTC) of the order, since 1970-01-01.
  int64_t day = 0;
  // Ascending, no item twice.
  std::vector<int64_t> items;

  friend bool operator==(const Basket&, const Basket&) = default;
};

// Quantities by item.
using Quantities = std::map<int64_t, int64_t>;

// Decides which of `sold` count, given what came back of this receipt.
void MarkCounted(const Quantities& returned, std::vector<SoldItem>& sold);

// The items that count, ascending.
std::vector<int64_t> CountedItems(const std::vector<SoldItem>& sold);

// What has to be added to each count; zeros may stand among them.
struct CountChange {
  int64_t orders = 0;
  std::map<int64_t, int64_t> items;
  // By (day, item).
  std::map<std::pair<int64_t, int64_t>, int64_t> days;
  // By item and the other one; each pair stands in both directions.
  std::map<int64_t, std::map<int64_t, int64_t>> pairs;

  void Add(const Basket& basket) { Move(basket, 1); }
  void Take(const Basket& basket) { Move(basket, -1); }
  // Takes one and adds the other. Most changes of orders change nothing of that.
  void Replace(const Basket& before, const Basket& after) {
    if (before == after) return;
    Take(before);
    Add(after);
  }
  // Whether nothing was taken or added.
  bool empty() const { return items.empty(); }

 private:
  void Move(const Basket& basket, int64_t by);
};

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_BASKET_H_
