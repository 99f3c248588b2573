// The lists that hang on a customer, each a table of its own. For customers.cc.
#ifndef CUSTOMER_SVC_STORE_CUSTOMER_PARTS_H_
#define CUSTOMER_SVC_STORE_CUSTOMER_PARTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer.h"

namespace regulars::customer::parts {

// Bits of customer.parts: which lists have rows.
inline constexpr int64_t kEmails = 1;
inline constexpr int64_t kPhones = 2;
inline constexpr int64_t kExternalIds = 4;
inline constexpr int64_t kTags = 8;
inline constexpr int64_t kAttributes = 16;
inline constexpr int64_t kAddresses = 32;

int64_t Of(const Customer& customer);

// Reads the lists that `parts` names into `customer`.
absl::Status Load(Snapshot& db, int64_t parts, Customer& customer);

// Writes the lists that differ; a new customer's differ from those of nobody. ALREADY_EXISTS with
// IDENTIFIER_TAKEN if an e-mail or external id belongs to another customer.
absl::Status Write(Transaction& tx, const Customer& before, const Customer& after);

}  // namespace regulars::customer::parts

#endif  // CUSTOMER_SVC_STORE_CUSTOMER_PARTS_H_
