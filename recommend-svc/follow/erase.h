// Takes a person out of this store.
#ifndef RECOMMEND_SVC_FOLLOW_ERASE_H_
#define RECOMMEND_SVC_FOLLOW_ERASE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/store.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"

namespace regulars::recommend {

// Receipts that one change goes through.
inline constexpr int64_t kReceiptsAtOnce = 200;

// Forgets a customer: views go, receipts stay and count, and belong to nobody. Where there are
// many, the task takes the key, which leads to nobody, off the rest.
absl::Status Forget(Transaction& tx, absl::string_view customer_name);

// The same for good: whatever names the customer later, as an event that was parked, brings nobody
// back; events that are parked go too. With a word to those who wait for it once all is done,
// replies that are kept for repeats included; erasing twice confirms twice.
absl::Status Erase(Transaction& tx, const std::string& erasure_name,
                   const std::string& customer_name);

// What is left to do behind those changes. `store` must outlive the runner.
void AddForgetTasks(TaskRunner& runner, Store& store);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_FOLLOW_ERASE_H_
