// How consents change: each word of a customer is stored and published in one change, whoever
// brings it: a caller, or a feed that is followed.
#ifndef CUSTOMER_SVC_RPC_CONSENT_CHANGES_H_
#define CUSTOMER_SVC_RPC_CONSENT_CHANGES_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/consent.h"
#include "customer-svc/store/customers.h"
#include "regulars/type/v1/upsert.pb.h"

namespace regulars::customer {

struct AppliedConsent {
  // The word as it stands, with its number.
  ConsentRecord word;
  type::v1::UpsertOutcome outcome = type::v1::UPSERT_OUTCOME_UNSPECIFIED;
};

// Records a word. `timed` tells whether its sender knew the time; if not, it is that of the change.
// Refusals, before anything is written: those of CheckConsent(), TOO_MANY_TOPICS.
absl::StatusOr<AppliedConsent> ApplyConsent(Transaction& tx, const customers::CustomerRef& customer,
                                            ConsentRecord word, bool timed);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CONSENT_CHANGES_H_
