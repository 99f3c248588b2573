// Campaigns: their states, and what moves them.
//
// Pure and thread-safe.
#ifndef CAMPAIGN_SVC_DOMAIN_CAMPAIGN_H_
#define CAMPAIGN_SVC_DOMAIN_CAMPAIGN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::campaign {

// Numbers as in campaign.proto; stored.
enum class CampaignState {
  kDraft = 1,
  kScheduled = 2,
  kRunning = 3,
  kPaused = 4,
  kFinished = 5,
  kCancelled = 6,
};
// Most that run at a time.
inline constexpr int64_t kMaxRunningCampaigns = 1000;

enum class Trigger { kAudience = 1, kEntry = 2 };

// How many messages stand where.
struct CampaignCounts {
  int64_t recipients = 0;
  int64_t sent = 0;
  int64_t skipped = 0;
  int64_t failed = 0;
  int64_t bounced = 0;
  int64_t unknown = 0;
  int64_t opened = 0;
  int64_t clicked = 0;
  int64_t unsubscribed = 0;

  int64_t pending() const { return recipients - sent - skipped - failed - bounced - unknown; }

  friend bool operator==(const CampaignCounts&, const CampaignCounts&) = default;
};

struct Campaign {
  int64_t key = 0;
  std::string id;
  std::string display_name;
  std::string description;
  int64_t template_key = 0;
  // Fixed when it starts; 0 before.
  int64_t template_number = 0;
  Trigger trigger = Trigger::kAudience;
  std::string segment;
  // When StartCampaign lets it run.
  std::optional<absl::Time> planned_time;
  CampaignState state = CampaignState::kDraft;
  bool audience_complete = false;
  CampaignCounts counts;
  // What holds it up; OK otherwise.
  absl::StatusCode error_code = absl::StatusCode::kOk;
  std::string error_reason;
  std::string error_message;
  int64_t version = 1;
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> start_time;
  // When it was last set running: started or resumed.
  std::optional<absl::Time> running_time;
  std::optional<absl::Time> finish_time;

  friend bool operator==(const Campaign&, const Campaign&) = default;
};

enum class CampaignAction { kStart, kPause, kResume, kCancel };

// Where `action` takes a campaign. FAILED_PRECONDITION with CAMPAIGN_STATE where it may not be
// taken. A paused campaign that had not begun yet begins when it is resumed.
absl::StatusOr<CampaignState> Next(const Campaign& campaign, CampaignAction action, absl::Time now);

// Whether all of its messages are in a final state, and no more come.
bool IsThrough(const Campaign& campaign);

absl::string_view StateName(CampaignState state);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_CAMPAIGN_H_
