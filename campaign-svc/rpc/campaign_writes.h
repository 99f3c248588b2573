// Changes of campaigns that leave their state as it is.
#ifndef CAMPAIGN_SVC_RPC_CAMPAIGN_WRITES_H_
#define CAMPAIGN_SVC_RPC_CAMPAIGN_WRITES_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "google/protobuf/empty.pb.h"
#include "regulars/campaign/v1/campaign_service.pb.h"

namespace regulars::campaign {

absl::StatusOr<v1::Campaign> CreateCampaign(Transaction& tx,
                                            const v1::CreateCampaignRequest& request);
absl::StatusOr<v1::Campaign> UpdateCampaign(Transaction& tx,
                                            const v1::UpdateCampaignRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteCampaign(Transaction& tx,
                                                       const v1::DeleteCampaignRequest& request);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_CAMPAIGN_WRITES_H_
