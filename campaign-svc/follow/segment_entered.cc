#include <string>

#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/follow/customer.h"
#include "campaign-svc/rpc/campaign_tasks.h"
#include "campaign-svc/store/campaigns.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"

namespace regulars::campaign {

absl::Status FollowSegmentEntered(Transaction& tx, const FollowedEvent& event,
                                  const customer::v1::SegmentEntered& payload) {
  ABSL_ASSIGN_OR_RETURN(const std::string segment,
                        rpc::ParseName("segments", payload.segment(), "segment"));
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        rpc::ParseName("customers", payload.customer(), "customer"));
  ABSL_ASSIGN_OR_RETURN(const auto waiting, campaigns::EntryCampaigns(tx, segment));
  for (const Campaign& campaign : waiting) {
    // The event may be old: the feed is behind, or was parked.
    if (!campaign.start_time || event.time < *campaign.start_time) continue;
    ABSL_ASSIGN_OR_RETURN(const bool added, AddRecipient(tx, campaign, customer));
    if (!added) continue;
    ABSL_RETURN_IF_ERROR(campaigns::AddCounts(tx, campaign.key, {.recipients = 1}));
    EffectPool::Ring(tx, kCampaignEffect);
  }
  return absl::OkStatus();
}

}  // namespace regulars::campaign
