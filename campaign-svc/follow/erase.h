// Forgets a person.
#ifndef CAMPAIGN_SVC_FOLLOW_ERASE_H_
#define CAMPAIGN_SVC_FOLLOW_ERASE_H_

#include <string>

#include "absl/status/status.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign {

// Takes the customer out of all tables in this change, and of remembered replies by a task, which
// then confirms the erasure. Both are names. It may come again.
absl::Status Erase(Transaction& tx, const std::string& erasure, const std::string& customer);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_FOLLOW_ERASE_H_
