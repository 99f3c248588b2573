// Counts those who meet a filter among some customers, spread evenly over the store.
#ifndef CUSTOMER_SVC_STORE_SEGMENT_PREVIEW_H_
#define CUSTOMER_SVC_STORE_SEGMENT_PREVIEW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chassis/filter/value.h"
#include "chassis/storage/transaction.h"

namespace regulars::customer::segment_preview {

struct Count {
  int64_t customer_count = 0;
  int64_t examined_count = 0;
  int64_t matched_count = 0;
  // Keys of the first that matched.
  std::vector<int64_t> sample;

  bool exact() const { return examined_count == customer_count; }
};

// Looks at no more than `max_looks` customers. `stores`: only those with one of these home stores;
// empty: all.
absl::StatusOr<Count> CountMatches(Snapshot& db, const filter::SqlFragment& where,
                                   absl::Span<const std::string> stores, int64_t max_looks,
                                   size_t sample_size);

}  // namespace regulars::customer::segment_preview

#endif  // CUSTOMER_SVC_STORE_SEGMENT_PREVIEW_H_
