#include "campaign-svc/delivery/restored.h"

#include <vector>

#include "campaign-svc/delivery/outcomes.h"
#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/settings.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {
namespace {

constexpr int64_t kCampaignsAtOnce = 500;
constexpr int64_t kMessagesAtOnce = 1000;

absl::StatusOr<bool> PauseCampaigns(Transaction& tx, CampaignState state) {
  ABSL_ASSIGN_OR_RETURN(const auto keys, campaigns::InState(tx, state, kCampaignsAtOnce));
  for (const int64_t key : keys) {
    ABSL_ASSIGN_OR_RETURN(auto campaign, campaigns::FindByKey(tx, key));
    if (!campaign) continue;
    campaign->error_code = absl::StatusCode::kFailedPrecondition;
    campaign->error_reason = "STORE_RESTORED";
    campaign->error_message =
        "the store was restored from a backup: who waits in it may have been written to since";
    ABSL_RETURN_IF_ERROR(MoveCampaign(tx, *campaign, CampaignState::kPaused));
  }
  return static_cast<int64_t>(keys.size()) < kCampaignsAtOnce;
}

absl::StatusOr<bool> GiveUpSingles(Transaction& tx) {
  // What was claimed when the backup was made waits as well.
  ABSL_RETURN_IF_ERROR(messages::ReleaseSingles(tx));
  ABSL_ASSIGN_OR_RETURN(std::vector<Message> waiting, messages::Waiting(tx, 0, kMessagesAtOnce));
  Outcomes outcomes(tx);
  for (Message& message : waiting) {
    message.state = MessageState::kUnknown;
    ABSL_RETURN_IF_ERROR(outcomes.Write(message));
  }
  ABSL_RETURN_IF_ERROR(outcomes.Finish());
  return static_cast<int64_t>(waiting.size()) < kMessagesAtOnce;
}

}  // namespace

absl::StatusOr<bool> HoldRestored(Transaction& tx, const std::string& epoch,
                                  SenderOptions::InFlight single_in_flight) {
  ABSL_ASSIGN_OR_RETURN(const std::string known, epochs::Known(tx));
  if (known == epoch) return true;
  if (!known.empty()) {
    for (const CampaignState state : {CampaignState::kRunning, CampaignState::kScheduled}) {
      ABSL_ASSIGN_OR_RETURN(const bool all, PauseCampaigns(tx, state));
      if (!all) return false;
    }
    if (single_in_flight == SenderOptions::InFlight::kGiveUp) {
      ABSL_ASSIGN_OR_RETURN(const bool all, GiveUpSingles(tx));
      if (!all) return false;
    }
  }
  ABSL_RETURN_IF_ERROR(epochs::Keep(tx, epoch));
  return true;
}

}  // namespace regulars::campaign
