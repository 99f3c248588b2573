#include "chassis/tasks/runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/check.h"
#include "chassis/base/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/exceptions.h"
#include "chassis/base/transient.h"
#include "chassis/observe/log.h"

namespace regulars {
namespace {

using tasks::OriginOf;

// However far away the next due time is, the runner looks this often: a clock may be set.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);
constexpr absl::Duration kFirstRetryDelay = absl::Milliseconds(500);
constexpr absl::Duration kLongestRetryDelay = absl::Minutes(10);
// While some were given up they are counted so often: they may be tried again, or be forgotten.
constexpr absl::Duration kCountInterval = absl::Minutes(1);

absl::Duration RetryDelay(int64_t attempts) {
  absl::Duration delay = kFirstRetryDelay;
  for (int64_t i = 1; i < attempts && delay < kLongestRetryDelay; ++i) delay *= 2;
  return std::min(delay, kLongestRetryDelay);
}

// After a run that was due, a recurring task is due next at the first multiple of its period that
// lies ahead: what was missed while the process was down runs once.
absl::Time NextDue(const Task& task, absl::Time now) {
  const absl::Duration late = now - task.due_time;
  const int64_t periods = std::max<int64_t>(0, late / task.period) + 1;
  return task.due_time + periods * task.period;
}

}  // namespace

bool tasks::IsBrokenOff(const absl::Status& status) {
  return absl::IsCancelled(status) && GetErrorDetails(status).reason == "STOPPING";
}

TaskRunner::~TaskRunner() { Stop(); }

void TaskRunner::Add(const std::string& kind, TaskKind functions) {
  CHECK(!thread_.joinable());  // Kinds are added before Start().
  kinds_[kind] = std::move(functions);
}

void TaskRunner::Export(Metrics& metrics, Warnings& warnings) {
  metrics.AddGauge("regulars_tasks_failing", "Tasks whose last attempt failed, to be tried again",
                   {}, [troubles = troubles_] { return troubles->failing(); });
  metrics.AddGauge("regulars_tasks_given_up", "Tasks that failed for good within 30 days", {},
                   [troubles = troubles_] { return troubles->given_up(); });
  warnings.Add([troubles = troubles_] { return troubles->FailingLine(); });
  warnings.Add([troubles = troubles_] { return troubles->GivenUpLine(); });
}

void TaskRunner::Start() {
  store_.writer().OnRung(kTaskBell, [this] { Wake(); });
  thread_ = std::thread([this] { Run(); });
}

void TaskRunner::Stop() {
  // A runner that was never started may outlive a store that is closed already.
  if (thread_.joinable()) store_.writer().OnRung(kTaskBell, nullptr);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void TaskRunner::Wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void TaskRunner::Run() {
  while (true) {
    if (count_at_ <= Monotonic()) CountGivenUp();
    const absl::Duration sleep = WorkOnce();
    std::unique_lock lock(mutex_);
    if (sleep > absl::ZeroDuration()) {
      wake_.wait_for(lock, absl::ToChronoMilliseconds(sleep), [&] { return stopping_ || woken_; });
    }
    woken_ = false;
    if (stopping_) return;
  }
}

void TaskRunner::CountGivenUp() {
  const absl::Status counted = store_.readers().Run(
      {}, [&](Snapshot& db) { return troubles_->CountGivenUp(db, store_.writer().Now()); });
  const bool again = !counted.ok() || troubles_->given_up() > 0;
  count_at_ = again ? Monotonic() + kCountInterval : absl::InfiniteDuration();
}

absl::Duration TaskRunner::WorkOnce() {
  std::optional<Task> task;
  const absl::Status read = store_.readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(task, tasks::FindNextDue(db));
    return absl::OkStatus();
  });
  if (!read.ok() && read_failures_.Passes()) {
    LogWarning("the next task could not be read", {{"why", std::string(read.message())}});
  }
  if (!read.ok() || !task) return kLongestSleep;
  // As the writer has it, which gave the due time: the machine's clock may be behind it.
  const absl::Time now = store_.writer().Now();
  if (task->due_time > now) return std::min(task->due_time - now, kLongestSleep);
  const absl::Status done = RunStep(*task);
  if (done.ok()) {
    troubles_->Over(task->id);
    return absl::ZeroDuration();
  }
  if (tasks::IsBrokenOff(done)) return kLongestSleep;
  if (const absl::Status recorded = RecordFailure(*task, done); !recorded.ok()) {
    LogWarning("a task's failure could not be recorded",
               {{"kind", task->kind}, {"why", std::string(recorded.message())}});
    return kLongestSleep;
  }
  return absl::ZeroDuration();
}

absl::Status TaskRunner::RunStep(const Task& due) {
  const auto found = kinds_.find(due.kind);
  if (found == kinds_.end()) {
    return Error(absl::StatusCode::kInternal,
                 absl::StrCat("nothing here works on tasks of kind '", due.kind, "'"),
                 {.reason = "UNKNOWN_TASK_KIND"});
  }
  const TaskKind& kind = found->second;
  bool stepped = false;
  const absl::Status status = PrepareAndStep(kind, due, stepped);
  if (kind.dropped && (!stepped || !status.ok())) kind.dropped(due);
  return status;
}

absl::Status TaskRunner::PrepareAndStep(const TaskKind& kind, const Task& due, bool& stepped) {
  std::any prepared;
  if (kind.prepare) {
    ABSL_ASSIGN_OR_RETURN(prepared, WithoutExceptions([&] { return kind.prepare(due); }));
  }
  return store_.writer().Write(Lane::kTasks, OriginOf(due), [&](Transaction& tx) -> absl::Status {
    // Read again: somebody may have cancelled it meanwhile.
    ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, tasks::Find(tx, due.id));
    if (!task || task->state != TaskState::kWaiting) return absl::OkStatus();
    stepped = true;
    ABSL_ASSIGN_OR_RETURN(StepEnd end, kind.step(tx, *task, prepared));
    task->attempts = 0;
    task->error = absl::OkStatus();
    if (task->period > absl::ZeroDuration() && end.next != StepEnd::kAgain) {
      tasks::BeginRun(tx, *task);
    }
    switch (end.next) {
      case StepEnd::kAgain:
        // Behind whatever has waited longer; a recurring task keeps its beat.
        if (task->period == absl::ZeroDuration()) task->due_time = tx.now();
        break;
      case StepEnd::kLater:
        task->due_time = end.due_time;
        break;
      case StepEnd::kDone:
        task->result = std::move(end.result);
        if (task->period > absl::ZeroDuration()) {
          task->cursor.clear();
          task->due_time = NextDue(*task, tx.now());
        } else {
          task->state = TaskState::kSucceeded;
        }
        break;
    }
    return tasks::Save(tx, *task);
  });
}

absl::Status TaskRunner::RecordFailure(const Task& due, const absl::Status& why) {
  std::optional<Task> failed;
  ABSL_RETURN_IF_ERROR(
      store_.writer().Write(Lane::kTasks, OriginOf(due), [&](Transaction& tx) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(failed, tasks::Find(tx, due.id));
        if (!failed || failed->state != TaskState::kWaiting) return absl::OkStatus();
        ++failed->attempts;
        failed->error = why;
        if (IsTriedAgain(*failed)) {
          failed->due_time = tx.now() + RetryDelay(failed->attempts);
          return tasks::Save(tx, *failed);
        }
        failed->state = TaskState::kFailed;
        return Abandon(tx, *failed);
      }));
  if (failed) Tell(*failed);
  return absl::OkStatus();
}

bool TaskRunner::IsTriedAgain(const Task& task) const {
  // A recurring task is never given up: its next run may go well.
  if (task.period > absl::ZeroDuration()) return true;
  const auto kind = kinds_.find(task.kind);
  if (kind != kinds_.end() && kind->second.never_given_up) return true;
  return IsTransient(task.error) && task.attempts < kMaxAttempts;
}

// Of a failure that is in the store. One line in the log when a trouble begins or changes, not one
// for each attempt.
void TaskRunner::Tell(const Task& task) {
  const std::initializer_list<LogField> fields = {{"kind", task.kind},
                                                  {"task", task.id},
                                                  {"reason", GetErrorDetails(task.error).reason},
                                                  {"why", std::string(task.error.message())}};
  if (task.state == TaskState::kWaiting) {
    if (troubles_->Failed(task)) LogWarning("a task failed and is tried again", fields);
    return;
  }
  troubles_->Over(task.id);
  if (task.state != TaskState::kFailed) return;
  LogError("a task failed", fields);
  CountGivenUp();
}

absl::Status TaskRunner::Cancel(Transaction& tx, Task task) const {
  if (task.state != TaskState::kWaiting) {
    return FailedPrecondition("TASK_ENDED", "the task has ended already");
  }
  task.state = TaskState::kCancelled;
  task.error = Error(absl::StatusCode::kCancelled, "cancelled", {.reason = "TASK_CANCELLED"});
  troubles_->Over(task.id);
  return Abandon(tx, task);
}

absl::Status TaskRunner::Abandon(Transaction& tx, const Task& task) const {
  const auto kind = kinds_.find(task.kind);
  if (kind != kinds_.end() && kind->second.abandoned) {
    ABSL_RETURN_IF_ERROR(kind->second.abandoned(tx, task));
  }
  return tasks::Save(tx, task);
}

}  // namespace regulars
