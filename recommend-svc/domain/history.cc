#include "recommend-svc/domain/history.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"

namespace regulars::recommend {

std::vector<Touch> LatestTouches(const std::vector<Touch>& touches) {
  absl::flat_hash_map<int64_t, Touch> by_item;
  for (const Touch& touch : touches) {
    Touch& kept = by_item.try_emplace(touch.item, touch).first->second;
    kept.time = std::max(kept.time, touch.time);
    kept.bought = kept.bought || touch.bought;
  }
  std::vector<Touch> latest;
  latest.reserve(by_item.size());
  for (const auto& [item, touch] : by_item) latest.push_back(touch);
  std::sort(latest.begin(), latest.end(), [](const Touch& a, const Touch& b) {
    return std::tie(b.time, a.item) < std::tie(a.time, b.item);
  });
  if (latest.size() > kMaxAntecedents) latest.resize(kMaxAntecedents);
  return latest;
}

}  // namespace regulars::recommend
