// What a recommendation for a customer begins with. Pure.
#ifndef RECOMMEND_SVC_DOMAIN_HISTORY_H_
#define RECOMMEND_SVC_DOMAIN_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace regulars::recommend {

// Items that one recommendation begins with at most: each costs reading its neighbours.
inline constexpr size_t kMaxAntecedents = 20;
// Orders of a customer that are looked at, the latest ones.
inline constexpr int64_t kMaxHistoryOrders = 100;

// An item that a customer bought or looked at.
struct Touch {
  int64_t item = 0;
  absl::Time time;
  bool bought = false;
};

// The items to begin with: each once, at its latest time, as bought if it ever was; latest first,
// then by item; at most kMaxAntecedents.
std::vector<Touch> LatestTouches(const std::vector<Touch>& touches);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_HISTORY_H_
