// What is no longer to be sent, since its customer is gone.
#ifndef CAMPAIGN_SVC_FOLLOW_SKIP_WAITING_H_
#define CAMPAIGN_SVC_FOLLOW_SKIP_WAITING_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign {

// Skips every message that waits for the customer (CUSTOMER_GONE). Messages that are claimed just
// now find out by themselves.
absl::Status SkipWaiting(Transaction& tx, absl::string_view customer);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_FOLLOW_SKIP_WAITING_H_
