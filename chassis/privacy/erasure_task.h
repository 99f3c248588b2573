// What is left of an erased person behind the change that emptied a service's tables: replies that
// are kept for repeats. They are gone through in steps, for all who wait at once: after a rebuild
// that may be everybody who was ever erased. Then the store's log is cut off, and the erasures are
// confirmed.
//
//   AddErasureTask(runner, store, [](const std::string& erasure, const std::string& customer) {
//     …
//     return PackEvent(erasure, "", confirmed);
//   });
//   …
//   return ScheduleErasure(tx, tx.origin().cause(), erasure, customer);
#ifndef CHASSIS_PRIVACY_ERASURE_TASK_H_
#define CHASSIS_PRIVACY_ERASURE_TASK_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "chassis/base/cause.h"
#include "chassis/storage/store.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"

namespace regulars {

// The event that says that this service is done. Both are names.
using ErasureConfirmation =
    std::function<Event(const std::string& erasure, const std::string& customer)>;

// `store` must outlive the runner.
void AddErasureTask(TaskRunner& runner, Store& store, ErasureConfirmation confirmation);

// Part of the change that takes the person out of the tables; both are names. The confirmation
// bears `cause`.
absl::Status ScheduleErasure(Transaction& tx, const Cause& cause, const std::string& erasure,
                             const std::string& customer);

}  // namespace regulars

#endif  // CHASSIS_PRIVACY_ERASURE_TASK_H_
