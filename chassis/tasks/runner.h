// Works on due tasks, one at a time, oldest due first, on a thread of its own. Each step is a
// change in the writer's tasks lane, so interactive changes go first; a step that has more to do
// than fits stops when tx.MustYield() and is called again.
//
//   TaskRunner runner(store);
//   runner.Add("recount", {.step = [](Transaction& tx, Task& task, std::any&) -> StatusOr<StepEnd>
//   {
//     …do a piece, move task.cursor…
//     return more ? StepEnd::Again() : StepEnd::Done(result);
//   }});
//   runner.Start();
//
// Kinds are added before Start(). Thread-safe from then on.
#ifndef CHASSIS_TASKS_RUNNER_H_
#define CHASSIS_TASKS_RUNNER_H_

#include <any>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "chassis/observe/log_limit.h"
#include "chassis/observe/metrics.h"
#include "chassis/observe/warnings.h"
#include "chassis/storage/store.h"
#include "chassis/tasks/task.h"
#include "chassis/tasks/task_troubles.h"

namespace regulars {

namespace tasks {

// Whether the end of this process broke it off: a call to another service, see Peer::Close.
bool IsBrokenOff(const absl::Status& status);

}  // namespace tasks

// What comes after a step.
struct StepEnd {
  enum Next { kAgain, kDone, kLater };
  Next next = kDone;
  std::string result;
  absl::Time due_time;

  static StepEnd Again() { return {kAgain, "", {}}; }
  // Ends the task, or, for a recurring one, this run of it.
  static StepEnd Done(std::string result = "") { return {kDone, std::move(result), {}}; }
  // Goes on at `time`.
  static StepEnd Later(absl::Time time) { return {kLater, "", time}; }
};

struct TaskKind {
  // Gets ready what the next step needs and must not be done inside a change: reading a file,
  // parsing. Runs on the runner's thread, before each step; may be empty.
  std::function<absl::StatusOr<std::any>(const Task&)> prepare;
  // One step. Transient errors (IsTransient) are tried again with growing delays, up to
  // kMaxAttempts in a row; others fail the task. What the end of the process broke off is neither:
  // the next process goes on from there.
  std::function<absl::StatusOr<StepEnd>(Transaction&, Task&, std::any&)> step;
  // Lets go of what `prepare` holds on to, when its step did not come to pass: preparing failed,
  // the step did, or the task had ended by then. On the runner's thread; may be empty.
  std::function<void(const Task&)> dropped;
  // Runs in the change that fails or cancels the task for good; may be empty.
  std::function<absl::Status(Transaction&, const Task&)> abandoned;
  // Whatever it fails with, it is tried again, for as long as it takes: for what was promised.
  bool never_given_up = false;
};

class TaskRunner {
 public:
  static constexpr int kMaxAttempts = 12;

  explicit TaskRunner(Store& store) : store_(store) {}
  ~TaskRunner();  // Stop().

  void Add(const std::string& kind, TaskKind functions);
  // Shows tasks that fail, and those that were given up, in metrics and warnings, which keep what
  // they need of it. Once, before Start().
  void Export(Metrics& metrics, Warnings& warnings);
  void Start();
  // Ends after the step under way.
  void Stop();

  // Ends a waiting task before its time, and lets its kind clean up. FAILED_PRECONDITION TASK_ENDED
  // when it has ended.
  absl::Status Cancel(Transaction& tx, Task task) const;

  // Looks for due tasks now: after a change that made one, or when the clock was moved.
  void Wake();

 private:
  void Run();
  // Works on the next due task; how long to wait for the one after.
  absl::Duration WorkOnce();
  absl::Status RunStep(const Task& due);
  // `stepped` tells whether the task still was there for its step.
  absl::Status PrepareAndStep(const TaskKind& kind, const Task& due, bool& stepped);
  absl::Status RecordFailure(const Task& due, const absl::Status& why);
  bool IsTriedAgain(const Task& task) const;
  void Tell(const Task& task);
  void CountGivenUp();
  absl::Status Abandon(Transaction& tx, const Task& task) const;

  Store& store_;
  const std::shared_ptr<TaskTroubles> troubles_ = std::make_shared<TaskTroubles>();
  std::map<std::string, TaskKind> kinds_;
  LogLimit read_failures_;
  // When to count those that were given up, as Monotonic(). The runner's thread's.
  absl::Duration count_at_ = -absl::InfiniteDuration();
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_.
  bool woken_ = false;     // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace regulars

#endif  // CHASSIS_TASKS_RUNNER_H_
