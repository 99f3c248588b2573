// How often an item was bought together with others, packed.
//
// The neighbours of an item are kept in blocks of kBlockItems numbers of items: block b holds those
// from b × kBlockItems on. A block is a list of (number within the block, count), ascending, each
// as the difference to the one before, in as few bytes as they need. So all neighbours of an item
// are a few rows in one place, which a recommendation reads whole, and one order changes few rows.
#ifndef RECOMMEND_SVC_DOMAIN_PAIR_BLOCK_H_
#define RECOMMEND_SVC_DOMAIN_PAIR_BLOCK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace regulars::recommend {

inline constexpr int64_t kBlockItems = 1024;

// The other item of a pair, and how many orders hold both; or what is to be added to that.
struct PairCount {
  int64_t other = 0;
  int64_t orders = 0;

  friend bool operator==(const PairCount&, const PairCount&) = default;
};

inline int64_t BlockOf(int64_t item) { return item / kBlockItems; }

// Appends those neighbours of block number `block` that at least `min_orders` orders hold with the
// item, ascending. DATA_LOSS with STORE_CORRUPT for bytes that EncodeBlock never writes.
absl::Status DecodeBlock(int64_t block, absl::string_view bytes, std::vector<PairCount>& pairs,
                         int64_t min_orders = 1);

// `pairs` ascending, all of one block, counts above 0.
std::string EncodeBlock(absl::Span<const PairCount> pairs);

// Both ascending. Neighbours whose count comes to 0 go. DATA_LOSS with STORE_CORRUPT if one
// would come below.
absl::StatusOr<std::vector<PairCount>> AddPairs(absl::Span<const PairCount> pairs,
                                                absl::Span<const PairCount> change);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_PAIR_BLOCK_H_
