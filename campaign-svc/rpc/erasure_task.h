// What is left of an erased person behind the change that emptied the tables: replies that are kept
// for repeats. They are gone through in steps, for all who wait at once: after a rebuild that may
// be everybody who was ever erased. Then the store's log is cut off, and the erasures are
// confirmed.
#ifndef CAMPAIGN_SVC_RPC_ERASURE_TASK_H_
#define CAMPAIGN_SVC_RPC_ERASURE_TASK_H_

#include <string>

#include "absl/status/status.h"
#include "chassis/storage/store.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"

namespace regulars::campaign {

void AddErasureTask(TaskRunner& runner, Store& store);

// Part of the change that follows ErasureRequested; both are names.
absl::Status ScheduleErasure(Transaction& tx, const std::string& erasure,
                             const std::string& customer);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_ERASURE_TASK_H_
