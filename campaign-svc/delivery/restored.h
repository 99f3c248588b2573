// What happens at the first start after the store was restored from a backup: whom it lists as
// waiting may have been written to since the backup was made.
//
// Campaigns that run or are to start by themselves are paused, with STORE_RESTORED as their error:
// whether to go on is for somebody to decide. Single messages follow the in-flight policy: sent
// again, or given up.
#ifndef CAMPAIGN_SVC_DELIVERY_RESTORED_H_
#define CAMPAIGN_SVC_DELIVERY_RESTORED_H_

#include <string>

#include "absl/status/statusor.h"
#include "campaign-svc/delivery/sender.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign {

// One change of it; true when it was the last. `epoch` is the store's. Before anything is claimed.
absl::StatusOr<bool> HoldRestored(Transaction& tx, const std::string& epoch,
                                  SenderOptions::InFlight single_in_flight);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_RESTORED_H_
