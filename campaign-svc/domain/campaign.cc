#include "campaign-svc/domain/campaign.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars::campaign {
namespace {

absl::string_view Verb(CampaignAction action) {
  switch (action) {
    case CampaignAction::kStart:
      return "started";
    case CampaignAction::kPause:
      return "paused";
    case CampaignAction::kResume:
      return "resumed";
    case CampaignAction::kCancel:
      return "cancelled";
  }
  return "";
}

bool May(CampaignState state, CampaignAction action) {
  switch (action) {
    case CampaignAction::kStart:
      return state == CampaignState::kDraft;
    case CampaignAction::kPause:
      return state == CampaignState::kRunning || state == CampaignState::kScheduled;
    case CampaignAction::kResume:
      return state == CampaignState::kPaused;
    case CampaignAction::kCancel:
      return state == CampaignState::kDraft || state == CampaignState::kScheduled ||
             state == CampaignState::kRunning || state == CampaignState::kPaused;
  }
  return false;
}

}  // namespace

absl::StatusOr<CampaignState> Next(const Campaign& campaign, CampaignAction action,
                                   absl::Time now) {
  if (!May(campaign.state, action)) {
    return FailedPrecondition("CAMPAIGN_STATE",
                              absl::StrCat("a campaign that is ", StateName(campaign.state),
                                           " cannot be ", Verb(action)));
  }
  switch (action) {
    case CampaignAction::kPause:
      return CampaignState::kPaused;
    case CampaignAction::kCancel:
      return CampaignState::kCancelled;
    case CampaignAction::kStart:
    case CampaignAction::kResume:
      break;
  }
  const bool waits = !campaign.start_time && campaign.planned_time && *campaign.planned_time > now;
  return waits ? CampaignState::kScheduled : CampaignState::kRunning;
}

bool IsThrough(const Campaign& campaign) {
  return campaign.state == CampaignState::kRunning && campaign.trigger == Trigger::kAudience &&
         campaign.audience_complete && campaign.counts.pending() == 0;
}

absl::string_view StateName(CampaignState state) {
  switch (state) {
    case CampaignState::kDraft:
      return "a draft";
    case CampaignState::kScheduled:
      return "scheduled";
    case CampaignState::kRunning:
      return "running";
    case CampaignState::kPaused:
      return "paused";
    case CampaignState::kFinished:
      return "finished";
    case CampaignState::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

}  // namespace regulars::campaign
