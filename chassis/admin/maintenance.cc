#include "chassis/admin/maintenance.h"

#include <any>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/feed_service.h"
#include "chassis/observe/log.h"
#include "chassis/rpc/idempotency.h"
#include "chassis/storage/audit.h"
#include "chassis/tasks/task.h"

namespace regulars {
namespace {

constexpr absl::Duration kPeriod = absl::Hours(1);
// Rows dropped by one statement.
constexpr int64_t kAtOnce = 200;

// Drops at most kAtOnce rows of one kind; how many there were.
using Chore = std::function<absl::StatusOr<int64_t>(Transaction&)>;

std::vector<Chore> Chores(const rpc::Retention& retention) {
  std::vector<Chore> chores;
  if (retention.feed > absl::ZeroDuration()) {
    chores.push_back([kept = retention.feed](Transaction& tx) {
      return PruneFeed(tx, tx.now() - kept, kAtOnce);
    });
  }
  if (retention.audit > absl::ZeroDuration()) {
    chores.push_back([kept = retention.audit](Transaction& tx) {
      return audit::Prune(tx, tx.now() - kept, kAtOnce);
    });
  }
  chores.push_back([](Transaction& tx) { return rpc::ForgetOldReplies(tx, kAtOnce); });
  chores.push_back(
      [](Transaction& tx) { return tasks::ForgetEnded(tx, tx.now() - kEndedTasksKept, kAtOnce); });
  return chores;
}

// The cursor is the number of the chore that is next.
absl::StatusOr<StepEnd> Step(Transaction& tx, Task& task, const std::vector<Chore>& chores) {
  size_t next = 0;
  if (!absl::SimpleAtoi(task.cursor, &next)) next = 0;
  while (next < chores.size()) {
    ABSL_ASSIGN_OR_RETURN(const int64_t dropped, chores[next](tx));
    if (dropped < kAtOnce) ++next;
    if (tx.MustYield()) break;
  }
  task.cursor = absl::StrCat(next);
  return next < chores.size() ? StepEnd::Again() : StepEnd::Done();
}

}  // namespace

void AddMaintenance(const rpc::Environment& environment, TaskRunner& runner) {
  runner.Add(kMaintenanceTask, {.step = [chores = Chores(environment.retention)](
                                            Transaction& tx, Task& task, std::any&) {
               return Step(tx, task, chores);
             }});
  const Origin origin{.caller = std::make_shared<auth::Caller>(auth::Caller{
                          .principal = absl::StrCat("services/", environment.service)})};
  const absl::Status planned =
      environment.store->writer().Write(Lane::kTasks, origin, [](Transaction& tx) {
        return tasks::ScheduleRecurring(tx, kMaintenanceTask, kPeriod, tx.now() + kPeriod);
      });
  if (!planned.ok()) {
    LogError("the maintenance could not be planned", {{"why", std::string(planned.message())}});
  }
}

}  // namespace regulars
