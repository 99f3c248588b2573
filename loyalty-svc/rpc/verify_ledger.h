// Works out anew, from the postings alone, what the store keeps ready.
#ifndef LOYALTY_SVC_RPC_VERIFY_LEDGER_H_
#define LOYALTY_SVC_RPC_VERIFY_LEDGER_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/loyalty/v1/ledger_service.pb.h"

namespace regulars::loyalty {

absl::StatusOr<v1::VerifyLedgerResponse> VerifyLedger(Snapshot& db,
                                                      const v1::VerifyLedgerRequest& request);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_VERIFY_LEDGER_H_
