// What those who run a process see of tasks that do not go well: which fail and are tried again,
// and how many were given up. Kept by the runner. Thread-safe.
#ifndef CHASSIS_TASKS_TASK_TROUBLES_H_
#define CHASSIS_TASKS_TASK_TROUBLES_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/task.h"

namespace regulars {

class TaskTroubles {
 public:
  // A warning comes with so many failed attempts in a row: many a trouble is over by then.
  static constexpr int64_t kWarnAfter = 3;
  // For so long a warning tells of a task that was given up.
  static constexpr absl::Duration kTold = absl::Hours(24);

  // An attempt failed, and there will be another. Whether that is news: the first failure in a row,
  // or one for another reason.
  bool Failed(const Task& task);
  // It went well, or there will be no other attempt.
  void Over(const std::string& task_id);
  // Counts the store's tasks that were given up.
  absl::Status CountGivenUp(Snapshot& db, absl::Time now);

  int64_t failing() const;
  int64_t given_up() const;
  // One line each, or "" while all is well.
  std::string FailingLine() const;
  std::string GivenUpLine() const;

 private:
  struct Failing {
    std::string kind;
    int64_t attempts = 0;
    std::string reason;
    std::string why;
  };
  struct GivenUp {
    int64_t all = 0;
    int64_t lately = 0;
    std::string last;  // "KIND: REASON: message".
  };
  static constexpr size_t kMaxFailing = 1000;

  mutable std::mutex mutex_;
  std::map<std::string, Failing> failing_;  // Guarded by mutex_, as the next. By the task's id.
  GivenUp given_up_;
};

}  // namespace regulars

#endif  // CHASSIS_TASKS_TASK_TROUBLES_H_
