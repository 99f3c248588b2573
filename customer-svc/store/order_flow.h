// Shipments, invoices and payments of orders (tables order_shipment, order_invoice, order_payment).
// For store/orders.cc, which reads and writes them with the order.
#ifndef CUSTOMER_SVC_STORE_ORDER_FLOW_H_
#define CUSTOMER_SVC_STORE_ORDER_FLOW_H_

#include <cstdint>

#include "absl/status/status.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/order_flow.h"

namespace regulars::customer::order_flow {

// Which tables hold rows, as customer_order.parts has it.
int64_t PartsOf(const OrderFlow& flow);

// Reads those that `parts` names.
absl::Status Load(Snapshot& db, int64_t order, int64_t parts, OrderFlow& flow);

// Makes the rows say what `after` says.
absl::Status Write(Transaction& tx, int64_t order, const OrderFlow& before, const OrderFlow& after);

// Takes from an order what could lead to its customer: numbers that other systems know.
absl::Status Anonymise(Transaction& tx, int64_t order);

}  // namespace regulars::customer::order_flow

#endif  // CUSTOMER_SVC_STORE_ORDER_FLOW_H_
