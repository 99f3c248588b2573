#include "campaign-svc/domain/campaign.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using enum CampaignState;
using enum CampaignAction;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(Campaign, EveryActionInEveryState) {
  // Rows: draft, scheduled, running, paused, finished, cancelled. 0: refused.
  const struct {
    CampaignAction action;
    int next[6];
  } rows[] = {
      {kStart, {3, 0, 0, 0, 0, 0}},
      {kPause, {0, 4, 4, 0, 0, 0}},
      {kResume, {0, 0, 0, 3, 0, 0}},
      {kCancel, {6, 6, 6, 6, 0, 0}},
  };
  for (const auto& row : rows) {
    for (int state = 1; state <= 6; ++state) {
      const Campaign campaign{.state = static_cast<CampaignState>(state)};
      const auto next = Next(campaign, row.action, kNow);
      if (row.next[state - 1] == 0) {
        EXPECT_THAT(next, HasReason("CAMPAIGN_STATE")) << state;
      } else {
        ASSERT_OK(next);
        EXPECT_EQ(static_cast<int>(*next), row.next[state - 1]);
      }
    }
  }
}

TEST(Campaign, ItsTimeDecides) {
  Campaign campaign{.planned_time = kNow + absl::Hours(1), .state = kDraft};
  EXPECT_EQ(*Next(campaign, kStart, kNow), kScheduled);
  EXPECT_EQ(*Next(campaign, kStart, kNow + absl::Hours(1)), kRunning);
  campaign.state = kPaused;
  EXPECT_EQ(*Next(campaign, kResume, kNow), kScheduled);
  // One that has begun goes on.
  campaign.start_time = kNow - absl::Hours(1);
  EXPECT_EQ(*Next(campaign, kResume, kNow), kRunning);
}

TEST(Campaign, ThroughWhenNothingIsLeft) {
  Campaign campaign{.state = kRunning, .audience_complete = true};
  campaign.counts = {.recipients = 6, .sent = 1, .skipped = 1, .failed = 1, .bounced = 1};
  EXPECT_EQ(campaign.counts.pending(), 2);
  EXPECT_FALSE(IsThrough(campaign));
  campaign.counts.unknown = 2;
  EXPECT_TRUE(IsThrough(campaign));
  campaign.audience_complete = false;
  EXPECT_FALSE(IsThrough(campaign));
  campaign.audience_complete = true;
  campaign.state = kPaused;
  EXPECT_FALSE(IsThrough(campaign));
  campaign.state = kRunning;
  campaign.trigger = Trigger::kEntry;
  EXPECT_FALSE(IsThrough(campaign));
}

}  // namespace
}  // namespace regulars::campaign
