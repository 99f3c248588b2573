#include "chassis/tasks/task_troubles.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/tasks/task_error.h"

namespace regulars {
namespace {

std::string Describe(const absl::Status& error) {
  return absl::StrCat(GetErrorDetails(error).reason, ": ", std::string(error.message()));
}

}  // namespace

bool TaskTroubles::Failed(const Task& task) {
  std::string reason = GetErrorDetails(task.error).reason;
  const std::lock_guard lock(mutex_);
  auto found = failing_.find(task.id);
  if (found == failing_.end()) {
    if (failing_.size() >= kMaxFailing) return false;
    found = failing_.emplace(task.id, Failing{.kind = task.kind}).first;
  }
  Failing& failing = found->second;
  const bool news = failing.attempts == 0 || failing.reason != reason;
  failing.attempts = task.attempts;
  failing.reason = std::move(reason);
  failing.why = Describe(task.error);
  return news;
}

void TaskTroubles::Over(const std::string& task_id) {
  const std::lock_guard lock(mutex_);
  failing_.erase(task_id);
}

absl::Status TaskTroubles::CountGivenUp(Snapshot& db, absl::Time now) {
  GivenUp counted;
  absl::Time newest = now - kTold;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT kind, error, update_time FROM task WHERE state = 'FAILED'")
                           .Each<std::string, Bytes, absl::Time>(
                               [&](const std::string& kind, const Bytes& error, absl::Time ended) {
                                 ++counted.all;
                                 if (ended > now - kTold) ++counted.lately;
                                 if (ended <= newest) return;
                                 newest = ended;
                                 counted.last = absl::StrCat(
                                     kind, ": ", Describe(tasks::DecodeError(error.value)));
                               }));
  const std::lock_guard lock(mutex_);
  given_up_ = std::move(counted);
  return absl::OkStatus();
}

int64_t TaskTroubles::failing() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(failing_.size());
}

int64_t TaskTroubles::given_up() const {
  const std::lock_guard lock(mutex_);
  return given_up_.all;
}

std::string TaskTroubles::FailingLine() const {
  const std::lock_guard lock(mutex_);
  const auto worst = std::max_element(
      failing_.begin(), failing_.end(),
      [](const auto& a, const auto& b) { return a.second.attempts < b.second.attempts; });
  if (worst == failing_.end() || worst->second.attempts < kWarnAfter) return "";
  const std::string others =
      failing_.size() > 1 ? absl::StrCat("; ", failing_.size() - 1, " more fail") : "";
  return absl::StrCat("task ", worst->second.kind, " has failed ", worst->second.attempts,
                      " times: ", worst->second.why, others);
}

std::string TaskTroubles::GivenUpLine() const {
  const std::lock_guard lock(mutex_);
  if (given_up_.lately == 0) return "";
  return absl::StrCat(given_up_.lately, given_up_.lately == 1 ? " task was" : " tasks were",
                      " given up within a day, the last: ", given_up_.last);
}

}  // namespace regulars
