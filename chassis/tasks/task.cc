#include "chassis/tasks/task.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/tasks/task_error.h"

namespace regulars::tasks {
namespace {

constexpr char kColumns[] =
    "id, name, kind, state, due_time, period_s, attempts, input, cursor, result, error, "
    "progress_done, progress_total, resource, principal, correlation_id, hops, create_time, "
    "update_time";

constexpr const char* kStateNames[] = {"WAITING", "SUCCEEDED", "FAILED", "CANCELLED"};

const char* StateName(TaskState state) { return kStateNames[static_cast<int>(state)]; }

TaskState ParseState(absl::string_view name) {
  for (int i = 0; i < 4; ++i) {
    if (name == kStateNames[i]) return static_cast<TaskState>(i);
  }
  return TaskState::kFailed;  // The table's CHECK allows no other name.
}

// Reads rows of kColumns that `condition` picks.
absl::StatusOr<std::vector<Task>> Select(Snapshot& db, absl::string_view condition,
                                         const std::vector<Parameter>& parameters) {
  std::vector<Task> tasks;
  const std::string sql = absl::StrCat("SELECT ", kColumns, " FROM task WHERE ", condition);
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<int64_t, std::string, std::string, std::string, absl::Time, int64_t, int64_t, Bytes,
                Bytes, Bytes, Bytes, int64_t, int64_t, std::string, std::string, std::string,
                int64_t, absl::Time, absl::Time>(
              [&](int64_t row, std::string id, std::string kind, const std::string& state,
                  absl::Time due, int64_t period_s, int64_t attempts, Bytes input, Bytes cursor,
                  Bytes result, const Bytes& error, int64_t done, int64_t total,
                  std::string resource, std::string principal, std::string correlation_id,
                  int64_t hops, absl::Time created, absl::Time updated) {
                tasks.push_back({.row = row,
                                 .id = std::move(id),
                                 .kind = std::move(kind),
                                 .state = ParseState(state),
                                 .due_time = due,
                                 .period = absl::Seconds(period_s),
                                 .attempts = attempts,
                                 .input = std::move(input.value),
                                 .cursor = std::move(cursor.value),
                                 .result = std::move(result.value),
                                 .error = DecodeError(error.value),
                                 .progress_done = done,
                                 .progress_total = total,
                                 .resource = std::move(resource),
                                 .principal = std::move(principal),
                                 .cause = {std::move(correlation_id), static_cast<int>(hops)},
                                 .create_time = created,
                                 .update_time = updated});
              }));
  return tasks;
}

absl::StatusOr<std::optional<Task>> SelectOne(Snapshot& db, absl::string_view condition,
                                              const std::vector<Parameter>& parameters) {
  ABSL_ASSIGN_OR_RETURN(auto tasks, Select(db, condition, parameters));
  if (tasks.empty()) return std::optional<Task>();
  return std::optional<Task>(std::move(tasks.front()));
}

absl::StatusOr<Task> FindExisting(Snapshot& db, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(auto task, Find(db, id));
  if (!task) return NotFound("TASK_NOT_FOUND", absl::StrCat("no task '", id, "'"));
  return *std::move(task);
}

// The correlation id has the form of a trace's, as those of calls have.
Cause NewCause(Transaction& tx) {
  const uint64_t high = tx.Random();
  const uint64_t low = tx.Random();
  return {.correlation_id =
              absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16))};
}

using storage_internal::ToParameter;

}  // namespace

Origin OriginOf(const Task& task) {
  return {.caller = std::make_shared<auth::Caller>(auth::Caller{.principal = task.principal}),
          .correlation_id = task.cause.correlation_id,
          .hops = task.cause.hops};
}

absl::StatusOr<std::string> Schedule(Transaction& tx, const NewTask& task) {
  const std::string id = tx.NewId();
  const absl::Time due = std::max(task.due_time, tx.now());
  const Cause cause = task.period > absl::ZeroDuration() ? NewCause(tx) : tx.origin().cause();
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO task (name, kind, state, due_time, period_s, attempts, input, cursor, "
             "result, error, progress_done, progress_total, resource, principal, correlation_id, "
             "hops, create_time, update_time) "
             "VALUES (?, ?, 'WAITING', ?, ?, 0, ?, x'', x'', x'', 0, ?, ?, ?, ?, ?, ?, ?)",
             id, task.kind, due, absl::ToInt64Seconds(task.period), Bytes{task.input},
             task.progress_total, task.resource, tx.caller().principal, cause.correlation_id,
             cause.hops, tx.now(), tx.now())
          .Run());
  tx.RingForTasks();
  return id;
}

absl::Status ScheduleRecurring(Transaction& tx, const std::string& kind, absl::Duration period,
                               absl::Time first) {
  ABSL_ASSIGN_OR_RETURN(const auto there, FindWaiting(tx, kind));
  if (there) return absl::OkStatus();
  return Schedule(tx, {.kind = kind, .due_time = first, .period = period}).status();
}

absl::StatusOr<std::optional<Task>> Find(Snapshot& db, absl::string_view id) {
  return SelectOne(db, "name = ?", {ToParameter(id)});
}

absl::StatusOr<std::optional<Task>> FindByRow(Snapshot& db, int64_t row) {
  return SelectOne(db, "id = ?", {ToParameter(row)});
}

absl::StatusOr<std::vector<Task>> List(Snapshot& db, absl::string_view kind, int64_t before,
                                       int64_t limit) {
  const int64_t from = before > 0 ? before : std::numeric_limits<int64_t>::max();
  if (kind.empty()) {
    return Select(db, "id < ? ORDER BY id DESC LIMIT ?", {ToParameter(from), ToParameter(limit)});
  }
  return Select(db, "kind = ? AND id < ? ORDER BY id DESC LIMIT ?",
                {ToParameter(kind), ToParameter(from), ToParameter(limit)});
}

absl::StatusOr<std::optional<Task>> FindWaiting(Snapshot& db, absl::string_view kind) {
  return SelectOne(db, "kind = ? AND state = 'WAITING' ORDER BY id LIMIT 1", {ToParameter(kind)});
}

absl::StatusOr<std::optional<Task>> FindWaiting(Snapshot& db, absl::string_view kind,
                                                absl::string_view resource) {
  return SelectOne(db, "kind = ? AND resource = ? AND state = 'WAITING' ORDER BY id LIMIT 1",
                   {ToParameter(kind), ToParameter(resource)});
}

absl::StatusOr<std::optional<Task>> FindNextDue(Snapshot& db) {
  return SelectOne(db, "state = 'WAITING' ORDER BY due_time, id LIMIT 1", {});
}

absl::Status Retry(Transaction& tx, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(Task task, FindExisting(tx, id));
  if (task.state == TaskState::kSucceeded || task.state == TaskState::kCancelled) {
    return FailedPrecondition("TASK_ENDED", "the task is done or was cancelled");
  }
  task.state = TaskState::kWaiting;
  task.attempts = 0;
  task.error = absl::OkStatus();
  task.due_time = std::min(task.due_time, tx.now());
  tx.RingForTasks();
  return Save(tx, task);
}

absl::Status Reschedule(Transaction& tx, const Task& task, absl::Time due) {
  tx.RingForTasks();
  return tx.Sql("UPDATE task SET due_time = ? WHERE id = ? AND state = 'WAITING'", due, task.row)
      .Run();
}

absl::Status Forget(Transaction& tx, const Task& task) {
  return tx.Sql("DELETE FROM task WHERE id = ? AND state <> 'WAITING'", task.row).Run();
}

absl::StatusOr<int64_t> ForgetEnded(Transaction& tx, absl::Time time, int64_t limit) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM task WHERE id IN (SELECT id FROM task WHERE "
                              "state <> 'WAITING' AND update_time < ? LIMIT ?)",
                              time, limit)
                           .Run());
  return tx.Changes();
}

void BeginRun(Transaction& tx, Task& task) { task.cause = NewCause(tx); }

absl::Status Save(Transaction& tx, const Task& task) {
  return tx
      .Sql(
          "UPDATE task SET state = ?, due_time = ?, attempts = ?, cursor = ?, result = ?, "
          "error = ?, progress_done = ?, progress_total = ?, correlation_id = ?, hops = ?, "
          "update_time = ? WHERE id = ?",
          StateName(task.state), task.due_time, task.attempts, Bytes{task.cursor},
          Bytes{task.result}, Bytes{EncodeError(task.error)}, task.progress_done,
          task.progress_total, task.cause.correlation_id, task.cause.hops, tx.now(), task.row)
      .Run();
}

}  // namespace regulars::tasks
