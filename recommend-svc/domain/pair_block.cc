#include "recommend-svc/domain/pair_block.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "recommend-svc/domain/damage.h"
#include "recommend-svc/domain/varint.h"

namespace regulars::recommend {
absl::Status DecodeBlock(int64_t block, absl::string_view bytes, std::vector<PairCount>& pairs,
                         int64_t min_orders) {
  // The number before the block's first one.
  int64_t other = block * kBlockItems - 1;
  const int64_t last = other + kBlockItems;
  while (!bytes.empty()) {
    const std::optional<uint64_t> step = TakeVarint(bytes);
    const std::optional<uint64_t> orders = TakeVarint(bytes);
    const auto count = static_cast<int64_t>(orders.value_or(0));
    if (!step || count < 1 || *step >= static_cast<uint64_t>(last - other)) {
      return Damaged(absl::StrCat("a block of pairs cannot be read: ", block));
    }
    other += static_cast<int64_t>(*step) + 1;
    if (count >= min_orders) pairs.push_back({other, count});
  }
  return absl::OkStatus();
}

std::string EncodeBlock(absl::Span<const PairCount> pairs) {
  std::string bytes;
  if (pairs.empty()) return bytes;
  int64_t before = BlockOf(pairs.front().other) * kBlockItems - 1;
  for (const PairCount& pair : pairs) {
    PutVarint(static_cast<uint64_t>(pair.other - before - 1), bytes);
    PutVarint(static_cast<uint64_t>(pair.orders), bytes);
    before = pair.other;
  }
  return bytes;
}

absl::StatusOr<std::vector<PairCount>> AddPairs(absl::Span<const PairCount> pairs,
                                                absl::Span<const PairCount> change) {
  std::vector<PairCount> sum;
  sum.reserve(pairs.size() + change.size());
  while (!pairs.empty() || !change.empty()) {
    PairCount next;
    if (change.empty() || (!pairs.empty() && pairs.front().other < change.front().other)) {
      next = pairs.front();
      pairs.remove_prefix(1);
    } else {
      next = change.front();
      change.remove_prefix(1);
      if (!pairs.empty() && pairs.front().other == next.other) {
        next.orders += pairs.front().orders;
        pairs.remove_prefix(1);
      }
    }
    if (next.orders < 0) {
      return Damaged("a pair would be held by fewer than no orders");
    }
    if (next.orders > 0) sum.push_back(next);
  }
  return sum;
}

}  // namespace regulars::recommend
