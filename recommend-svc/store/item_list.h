// Items in the order of their keys, for lists, with the fields that filters can name.
//
//   ABSL_ASSIGN_OR_RETURN(const filter::Expression filter,
//                         filter::CompileRequest(text, ItemSchema()));
//   ABSL_ASSIGN_OR_RETURN(const items::Scanned scanned, items::Scan(db, {…}, limit));
#ifndef RECOMMEND_SVC_STORE_ITEM_LIST_H_
#define RECOMMEND_SVC_STORE_ITEM_LIST_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/schema.h"
#include "chassis/storage/transaction.h"

namespace regulars::recommend::items {

// Items that one page of a list looks at, where few of them meet the filter; the next page goes on.
inline constexpr int64_t kMaxScanned = 10'000;

// Names are those of the Item message, with the counts' own names beside them. The empty text is a
// missing value.
const filter::Schema& ItemSchema();

struct ListQuery {
  filter::Expression filter;
  bool show_deleted = false;
  // Goes on behind this item.
  int64_t after = 0;
};

struct Scanned {
  // Keys of those that meet the query.
  std::vector<int64_t> items;
  // The last one looked at.
  int64_t last = 0;
  // Whether nothing lies behind it.
  bool at_end = false;
};

// Finds at most `wanted` items among the next kMaxScanned.
absl::StatusOr<Scanned> Scan(Snapshot& db, const ListQuery& query, int64_t wanted);

}  // namespace regulars::recommend::items

#endif  // RECOMMEND_SVC_STORE_ITEM_LIST_H_
