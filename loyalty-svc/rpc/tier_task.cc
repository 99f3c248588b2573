#include "loyalty-svc/rpc/tier_task.h"

#include <any>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "loyalty-svc/rpc/member_changes.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/programmes.h"

namespace regulars::loyalty {
namespace {

// Members between two looks at whether others wait.
constexpr int64_t kBatch = 64;

absl::StatusOr<StepEnd> Step(Transaction& tx, Task& task, std::any&) {
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(tx));
  int64_t after = 0;
  // An empty cursor is no number: then it begins at the first member.
  if (!absl::SimpleAtoi(task.cursor, &after)) after = 0;
  do {
    ABSL_ASSIGN_OR_RETURN(const auto keys, members::KeysAfter(tx, after, kBatch));
    if (keys.empty()) return StepEnd::Done();
    for (const int64_t key : keys) {
      ABSL_ASSIGN_OR_RETURN(auto member, members::FindByKey(tx, key));
      if (member && member->is_active() && MoveTier(tx, programme, *member)) {
        ABSL_RETURN_IF_ERROR(members::Update(tx, *member));
      }
      ++task.progress_done;
    }
    after = keys.back();
    task.cursor = absl::StrCat(after);
  } while (!tx.MustYield());
  return StepEnd::Again();
}

}  // namespace

absl::Status StartTierScan(Transaction& tx) {
  return tasks::Schedule(tx, {.kind = kTierTask}).status();
}

TaskKind TierTask() { return {.step = Step}; }

}  // namespace regulars::loyalty
