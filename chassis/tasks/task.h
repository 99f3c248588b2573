// A task: something due later, or too long for one change. It is a row of the store, made in the
// change that wants it; it is worked on in steps, each a change that does a piece and moves the
// task's cursor with it. Kill the process anywhere and it goes on where it was, nothing done twice.
#ifndef CHASSIS_TASKS_TASK_H_
#define CHASSIS_TASKS_TASK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/base/cause.h"
#include "chassis/storage/transaction.h"

namespace regulars {

enum class TaskState { kWaiting, kSucceeded, kFailed, kCancelled };

struct Task {
  int64_t row = 0;
  // Opaque id: "06g1…".
  std::string id;
  // Which function works on it: "import_order_lines".
  std::string kind;
  TaskState state = TaskState::kWaiting;
  absl::Time due_time;
  // A recurring task runs again this long after it was due; zero: once.
  absl::Duration period;
  // Failed attempts since the last step that went well.
  int64_t attempts = 0;
  // What is to be done, as the maker wrote it; never changes.
  std::string input;
  // How far it is. Empty at first; each step may move it.
  std::string cursor;
  // What came of it, once it has succeeded.
  std::string result;
  // Why it failed, or the last attempt did; OK otherwise.
  absl::Status error;
  int64_t progress_done = 0;
  int64_t progress_total = 0;
  // The resource it works on: "imports/06g1…", or "".
  std::string resource;
  // Who made it; steps run in this principal's name.
  std::string principal;
  // What set it off, and with it all that its steps do. Each run of a recurring task is set off by
  // the clock: a cause of its own, with no hops.
  Cause cause;
  absl::Time create_time;
  absl::Time update_time;
};

struct NewTask {
  std::string kind;
  std::string input;
  std::string resource;
  absl::Time due_time = absl::InfinitePast();  // At once.
  absl::Duration period = absl::ZeroDuration();
  int64_t progress_total = 0;
};

namespace tasks {

// Where a task's steps come from, and what is asked of others for them.
Origin OriginOf(const Task& task);

// Makes a task as part of the change, which is its cause unless it recurs; its id.
absl::StatusOr<std::string> Schedule(Transaction& tx, const NewTask& task);

// Makes the one recurring task of its kind unless it is there already. For start-up.
absl::Status ScheduleRecurring(Transaction& tx, const std::string& kind, absl::Duration period,
                               absl::Time first);

absl::StatusOr<std::optional<Task>> Find(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Task>> FindByRow(Snapshot& db, int64_t row);

// Tasks by age, newest first, after the one with row number `before` (0: from the newest). Empty
// `kind`: of all kinds.
absl::StatusOr<std::vector<Task>> List(Snapshot& db, absl::string_view kind, int64_t before,
                                       int64_t limit);

// The waiting task of this kind, if there is one.
absl::StatusOr<std::optional<Task>> FindWaiting(Snapshot& db, absl::string_view kind);
// The same, of those that work on `resource`.
absl::StatusOr<std::optional<Task>> FindWaiting(Snapshot& db, absl::string_view kind,
                                                absl::string_view resource);

// The waiting task that is due first.
absl::StatusOr<std::optional<Task>> FindNextDue(Snapshot& db);

// Lets a failed task go on from where it was, and brings a waiting one forward to now. NOT_FOUND
// TASK_NOT_FOUND, FAILED_PRECONDITION TASK_ENDED (done or cancelled).
absl::Status Retry(Transaction& tx, absl::string_view id);

// Makes a waiting task due at `due`, sooner or later than it was.
absl::Status Reschedule(Transaction& tx, const Task& task, absl::Time due);

// Removes a task that has ended.
absl::Status Forget(Transaction& tx, const Task& task);

// Removes tasks that ended before `time`, at most `limit`; how many there were.
absl::StatusOr<int64_t> ForgetEnded(Transaction& tx, absl::Time time, int64_t limit);

// Gives a recurring task the cause of its next run. For the runner.
void BeginRun(Transaction& tx, Task& task);

// Writes back what a step changed. For the runner.
absl::Status Save(Transaction& tx, const Task& task);

}  // namespace tasks
}  // namespace regulars

#endif  // CHASSIS_TASKS_TASK_H_
