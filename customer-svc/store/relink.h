// Keeps the links of returns what domain/returns.h makes of the recorded lines, in whatever
// sequence they came.
#ifndef CUSTOMER_SVC_STORE_RELINK_H_
#define CUSTOMER_SVC_STORE_RELINK_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/store/orders.h"

namespace regulars::customer::return_links {

// Makes the links right again after an order was written: new (`before` is null) or changed. Costs
// what the change can touch: a look or two for sales that no return is later than, else a look at
// the lines of the customers concerned. Writes only what differs.
//
// Returns the keys of other orders whose returns show other links now.
absl::StatusOr<std::vector<int64_t>> Relink(Transaction& tx, const orders::StoredOrder* before,
                                            const orders::StoredOrder& after);

}  // namespace regulars::customer::return_links

#endif  // CUSTOMER_SVC_STORE_RELINK_H_
