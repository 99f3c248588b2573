// Takes a person out of this store.
#ifndef RECOMMEND_SVC_FOLLOW_ERASE_H_
#define RECOMMEND_SVC_FOLLOW_ERASE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars::recommend {

// Forgets a customer: views go, receipts stay and count, and belong to nobody.
absl::Status Forget(Transaction& tx, absl::string_view customer_name);

// The same for good, with a word to those who wait for it. Erasing twice confirms twice.
absl::Status Erase(Transaction& tx, const std::string& erasure_name,
                   const std::string& customer_name);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_FOLLOW_ERASE_H_
