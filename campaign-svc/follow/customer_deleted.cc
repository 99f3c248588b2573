#include <string>

#include "campaign-svc/follow/customer.h"
#include "campaign-svc/follow/skip_waiting.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"

namespace regulars::campaign {

absl::Status FollowCustomerDeleted(Transaction& tx, const FollowedEvent&,
                                   const customer::v1::CustomerDeleted& payload) {
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        rpc::ParseName("customers", payload.customer(), "customer"));
  return SkipWaiting(tx, customer);
}

}  // namespace regulars::campaign
