// Suppressions: whom not to write to.
#ifndef CAMPAIGN_SVC_RPC_SUPPRESSION_METHODS_H_
#define CAMPAIGN_SVC_RPC_SUPPRESSION_METHODS_H_

#include "absl/status/statusor.h"
#include "campaign-svc/rpc/context.h"
#include "chassis/storage/transaction.h"
#include "google/protobuf/empty.pb.h"
#include "regulars/campaign/v1/message_service.pb.h"

namespace regulars::campaign {

absl::StatusOr<v1::Suppression> CreateSuppression(const Context& context, Transaction& tx,
                                                  const v1::CreateSuppressionRequest& request);
absl::StatusOr<v1::ListSuppressionsResponse> ListSuppressions(
    Snapshot& db, const v1::ListSuppressionsRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteSuppression(
    Transaction& tx, const v1::DeleteSuppressionRequest& request);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_SUPPRESSION_METHODS_H_
