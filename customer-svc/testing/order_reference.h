// For tests: what follows from recorded orders, worked out anew from the orders alone, by the rules
// of order.proto and customer.proto taken word by word, slowly. Shares no code with the service but
// the orders themselves.
#ifndef CUSTOMER_SVC_TESTING_ORDER_REFERENCE_H_
#define CUSTOMER_SVC_TESTING_ORDER_REFERENCE_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/order.h"

namespace regulars::customer {

// One sentence for each thing that follows: links, figures by customer and by day, countries.
using Consequences = std::set<std::string>;

// `recorded` are all orders, prepared, in the sequence in which they arrived.
Consequences ExpectedConsequences(const std::vector<Order>& recorded, absl::TimeZone zone);

// What the store holds.
absl::StatusOr<Consequences> StoredConsequences(Snapshot& db);

// Of these the links that were kept when a customer went: they follow from no order any more.
absl::StatusOr<Consequences> KeptLinks(Snapshot& db);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_ORDER_REFERENCE_H_
