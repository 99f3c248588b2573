// What campaigns do by and by: begin at their time, write down their audience, let go of it when
// they are cancelled.
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

// RESOURCE_EXHAUSTED with TOO_MANY_CAMPAIGNS while as many run as may.
absl::Status CheckRoom(Snapshot& db);

// Writes a recipient down, unless there is one for this customer already; whether it did.
absl::StatusOr<bool> AddRecipient(Transaction& tx, const Campaign& campaign,
                                  const std::string& customer);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_CAMPAIGN_TASKS_H_
