// Rows that meet a filter, newest first, of a table whose rows are numbered in order of time.
//
//   ABSL_ASSIGN_OR_RETURN(const NumberedPage page,
//                         ListNewestFirst(db, "audit", filter, {.before = before}, page_size));
#ifndef CHASSIS_STORAGE_FILTERED_H_
#define CHASSIS_STORAGE_FILTERED_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/value.h"
#include "chassis/storage/transaction.h"

namespace regulars {

// Rows that one page looks at, where few of them meet the filter; the next page goes on.
inline constexpr int64_t kMaxRowsScanned = 10'000;

struct NumberedPage {
  std::vector<int64_t> ids;
  // The next page has rows below this number; 0 when there are none.
  int64_t next = 0;
};

// Rows with numbers in [from, before); `before` 0: without end.
struct RowRange {
  int64_t from = 0;
  int64_t before = 0;
};

// `table` has the column `id`; the filter's SQL names its columns.
absl::StatusOr<NumberedPage> ListNewestFirst(Snapshot& db, absl::string_view table,
                                             const filter::Expression& filter, RowRange range,
                                             int64_t limit);

// Appends a fragment's parameters. They borrow its texts: it must outlive the statement.
void AppendParameters(const filter::SqlFragment& fragment, std::vector<Parameter>& parameters);

}  // namespace regulars

#endif  // CHASSIS_STORAGE_FILTERED_H_
