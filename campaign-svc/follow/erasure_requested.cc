#include "campaign-svc/follow/customer.h"
#include "campaign-svc/follow/erase.h"

namespace regulars::campaign {

absl::Status FollowErasureRequested(Transaction& tx, const FollowedEvent&,
                                    const customer::v1::ErasureRequested& payload) {
  return Erase(tx, payload.erasure(), payload.customer());
}

}  // namespace regulars::campaign
