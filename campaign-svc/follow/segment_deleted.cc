#include <string>

#include "campaign-svc/follow/customer.h"
#include "campaign-svc/rpc/campaign_tasks.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"

namespace regulars::campaign {

absl::Status FollowSegmentDeleted(Transaction& tx, const FollowedEvent& event,
                                  const customer::v1::SegmentDeleted& payload) {
  ABSL_ASSIGN_OR_RETURN(const std::string segment,
                        rpc::ParseName("segments", payload.segment(), "segment"));
  return PauseWatching(tx, segment, event.time);
}

}  // namespace regulars::campaign
