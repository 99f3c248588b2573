// What customers have said about being written to (table consent). Who records a word goes through
// rpc/consent_changes.h.
#ifndef CUSTOMER_SVC_STORE_CONSENTS_H_
#define CUSTOMER_SVC_STORE_CONSENTS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/consent.h"

namespace regulars::customer::consents {

// All words of a customer, in the order of arrival; at most kMaxConsentRecords.
absl::StatusOr<std::vector<ConsentRecord>> Load(Snapshot& db, int64_t customer);

// Those that count on one channel.
absl::StatusOr<std::vector<ConsentRecord>> LoadCurrent(Snapshot& db, int64_t customer,
                                                       absl::string_view channel);

// Stores a word as planned, and gives it its number.
absl::Status Add(Transaction& tx, int64_t customer, const ConsentPlan& plan, ConsentRecord& word);

// Takes everything of a customer away.
absl::Status Forget(Transaction& tx, int64_t customer);

}  // namespace regulars::customer::consents

#endif  // CUSTOMER_SVC_STORE_CONSENTS_H_
