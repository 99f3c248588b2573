// The audit table: who wrote what, and who was refused. Rows hold no personal data.
#ifndef CHASSIS_STORAGE_AUDIT_H_
#define CHASSIS_STORAGE_AUDIT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/schema.h"
#include "chassis/storage/transaction.h"

namespace regulars::audit {

struct Entry {
  int64_t row = 0;
  absl::Time time;
  std::string principal;
  // "regulars.customer.v1.CustomerService.UpdateCustomer".
  std::string method;
  std::string resource;
  std::string request_id;
  // "OK", or the reason code of what was refused.
  std::string result;
  // Items of a batch; calls, where several that were refused have one row.
  int64_t item_count = 1;
};

struct Page {
  std::vector<Entry> entries;
  // The next page has rows below this number; 0 when there are none.
  int64_t next = 0;
};

// Adds a row in the name of the change's caller, at its time; `row`, `time` and `principal` of
// `entry` do not count.
absl::Status Add(Transaction& tx, const Entry& entry);

// time, caller, method, resource, result.
const filter::Schema& Schema();

// Entries that meet the filter, newest first, below row `before` (0: from the newest).
absl::StatusOr<Page> List(Snapshot& db, const filter::Expression& filter, int64_t before,
                          int64_t limit);

// Removes entries older than `time`, at most `limit` and never the newest, so that no number is
// used twice; how many there were.
absl::StatusOr<int64_t> Prune(Transaction& tx, absl::Time time, int64_t limit);

}  // namespace regulars::audit

#endif  // CHASSIS_STORAGE_AUDIT_H_
