// What campaigns do by and by: begin at their time, write down their audience, look for the segment
// that they watch, let go of who waits when they are cancelled.
#ifndef CAMPAIGN_SVC_RPC_CAMPAIGN_TASKS_H_
#define CAMPAIGN_SVC_RPC_CAMPAIGN_TASKS_H_

#include "absl/status/status.h"
#include "campaign-svc/domain/campaign.h"
#include "campaign-svc/rpc/context.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"

namespace regulars::campaign {

void AddCampaignTasks(const Context& context, TaskRunner& runner);

// Sets off what the campaign's new state asks for; part of the change that moved it.
// `read_audience` unless a task that reads it is there already.
absl::Status ScheduleCampaign(Transaction& tx, const Campaign& campaign, bool read_audience);

// The campaign waits, with `why` as its error, for somebody to look at it and resume it.
absl::Status PauseFor(Transaction& tx, Campaign& campaign, const absl::Status& why);
// The same for those that wait for who enters a segment, and run or are paused: it was deleted at
// `time`. One that was resumed since looks for it itself.
absl::Status PauseWatching(Transaction& tx, const std::string& segment, absl::Time time);

// RESOURCE_EXHAUSTED with TOO_MANY_CAMPAIGNS while as many run as may.
absl::Status CheckRoom(Snapshot& db);

// Writes a recipient down, unless there is one for this customer already; whether it did.
absl::StatusOr<bool> AddRecipient(Transaction& tx, const Campaign& campaign,
                                  const std::string& customer);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_CAMPAIGN_TASKS_H_
