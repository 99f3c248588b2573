// Tasks that meet a filter.
#ifndef CHASSIS_TASKS_TASK_SEARCH_H_
#define CHASSIS_TASKS_TASK_SEARCH_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/schema.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/task.h"

namespace regulars::tasks {

struct Found {
  std::vector<Task> tasks;
  // The next page has tasks below this row number; 0 when there are none.
  int64_t next = 0;
};

// type, state (SCHEDULED, RUNNING, DONE, FAILED, CANCELLED), resource, create_time. A waiting task
// runs from the time that it is due: filters made with this schema answer as of `now`.
filter::Schema SearchSchema(absl::Time now);

// Tasks that meet the filter, newest first, below row `before` (0: from the newest).
absl::StatusOr<Found> Search(Snapshot& db, const filter::Expression& filter, int64_t before,
                             int64_t limit);

}  // namespace regulars::tasks

#endif  // CHASSIS_TASKS_TASK_SEARCH_H_
