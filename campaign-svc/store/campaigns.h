// Campaigns (table campaign).
#ifndef CAMPAIGN_SVC_STORE_CAMPAIGNS_H_
#define CAMPAIGN_SVC_STORE_CAMPAIGNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "campaign-svc/domain/campaign.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign::campaigns {

absl::StatusOr<std::optional<Campaign>> Find(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Campaign>> FindByKey(Snapshot& db, int64_t key);
// Newest first, below key `before` (0: from the newest).
absl::StatusOr<std::vector<Campaign>> List(Snapshot& db, int64_t before, int64_t limit);
// Those that have neither finished nor been cancelled.
absl::StatusOr<int64_t> CountOpen(Snapshot& db);

// Keys of those in one state, by key; at most `limit`.
absl::StatusOr<std::vector<int64_t>> InState(Snapshot& db, CampaignState state, int64_t limit);
// One that runs, and since when without a pause.
struct Running {
  int64_t key = 0;
  absl::Time since;
};
// Those that have a message due, by key; at most `limit`. And when the first message of any that
// runs is due.
absl::StatusOr<std::vector<Running>> WithDue(Snapshot& db, absl::Time now, int64_t limit);
absl::StatusOr<std::optional<absl::Time>> NextDue(Snapshot& db);
// Those that write down who enters the segment: running or paused, with an entry trigger.
absl::StatusOr<std::vector<Campaign>> EntryCampaigns(Snapshot& db, absl::string_view segment);
// Segments that such campaigns watch, by id.
absl::StatusOr<std::vector<std::string>> WatchedSegments(Snapshot& db);

// Gives it its key.
absl::Status Insert(Transaction& tx, Campaign& campaign);
// All but the counts.
absl::Status Update(Transaction& tx, const Campaign& campaign);
// Adds to the counts.
absl::Status AddCounts(Transaction& tx, int64_t key, const CampaignCounts& delta);
absl::Status Delete(Transaction& tx, int64_t key);

}  // namespace regulars::campaign::campaigns

#endif  // CAMPAIGN_SVC_STORE_CAMPAIGNS_H_
