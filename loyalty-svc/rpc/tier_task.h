// Takes members to the tiers that a changed programme means for them, some at a time.
#ifndef LOYALTY_SVC_RPC_TIER_TASK_H_
#define LOYALTY_SVC_RPC_TIER_TASK_H_

#include "absl/status/status.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"

namespace regulars::loyalty {

inline constexpr char kTierTask[] = "tier_scan";

absl::Status StartTierScan(Transaction& tx);
TaskKind TierTask();

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_TIER_TASK_H_
