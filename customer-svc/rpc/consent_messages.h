// Consents as messages and back.
#ifndef CUSTOMER_SVC_RPC_CONSENT_MESSAGES_H_
#define CUSTOMER_SVC_RPC_CONSENT_MESSAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "customer-svc/domain/consent.h"
#include "regulars/customer/v1/consent.pb.h"

namespace regulars::customer {

// What a caller says, as written; its time is unset where the message has none.
absl::StatusOr<ConsentRecord> ReadConsent(const v1::Consent& message);

// `customer` is the customer's id.
v1::Consent WriteConsent(const std::string& customer, const ConsentRecord& word);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CONSENT_MESSAGES_H_
