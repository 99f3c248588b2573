// Shipments, invoices and payments as messages and back. For order_messages.cc and order_update.cc.
#ifndef CUSTOMER_SVC_RPC_ORDER_FLOW_MESSAGES_H_
#define CUSTOMER_SVC_RPC_ORDER_FLOW_MESSAGES_H_

#include "absl/status/status.h"
#include "customer-svc/domain/order_flow.h"
#include "regulars/customer/v1/events.pb.h"
#include "regulars/customer/v1/order.pb.h"

namespace regulars::customer {

// Replace one list by what an order's message has of it. INVALID_ARGUMENT with INVALID_TIME, fields
// as paths from the order.
absl::Status ReadShipments(const v1::Order& message, OrderFlow& flow);
absl::Status ReadInvoices(const v1::Order& message, OrderFlow& flow);
absl::Status ReadPayments(const v1::Order& message, OrderFlow& flow);

void WriteFlow(const OrderFlow& flow, v1::Order& message);
void WriteFlow(const OrderFlow& flow, v1::OrderFacts& facts);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ORDER_FLOW_MESSAGES_H_
