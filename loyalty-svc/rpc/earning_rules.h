// The methods of ProgrammeService that concern the earning rule.
#ifndef LOYALTY_SVC_RPC_EARNING_RULES_H_
#define LOYALTY_SVC_RPC_EARNING_RULES_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/loyalty/v1/programme_service.pb.h"

namespace regulars::loyalty {

absl::StatusOr<v1::EarningRule> GetEarningRule(Snapshot& db,
                                               const v1::GetEarningRuleRequest& request);
absl::StatusOr<v1::ListEarningRuleRevisionsResponse> ListEarningRuleRevisions(
    Snapshot& db, const v1::ListEarningRuleRevisionsRequest& request);
absl::StatusOr<v1::EarningRule> UpdateEarningRule(Transaction& tx,
                                                  const v1::UpdateEarningRuleRequest& request);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_EARNING_RULES_H_
