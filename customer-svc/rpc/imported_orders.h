// Orders of a file on their way into the store.
#ifndef CUSTOMER_SVC_RPC_IMPORTED_ORDERS_H_
#define CUSTOMER_SVC_RPC_IMPORTED_ORDERS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/domain/order_rows.h"
#include "customer-svc/store/order_codec.h"

namespace regulars::customer {

// An order that is about to be recorded.
struct PreparedOrder {
  FileOrder order;
  // Its lines as they stand in the file, one each, once it is known that orders are refused.
  std::vector<std::string> texts;
};

struct RecordedOrders {
  ImportReport counts;
  std::vector<Refusal> refusals;
  // How many orders were recorded or refused, from the first on.
  int64_t orders = 0;
  // Whether the one behind them is refused but its lines' texts are not there yet.
  bool needs_texts = false;
};

// Adds the orders' lines to those recorded, in the name of the import's sender, until others wait;
// at least one order. All lines of an order that is refused are refused, by the columns that `rows`
// knows. In a dry run nothing stays but the memory of who was counted as a new customer.
absl::StatusOr<RecordedOrders> RecordOrders(Transaction& tx, const Import& import,
                                            const OrderRows& rows,
                                            const std::deque<PreparedOrder>& orders);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORTED_ORDERS_H_
