// Orders as messages and back.
#ifndef CUSTOMER_SVC_RPC_ORDER_MESSAGES_H_
#define CUSTOMER_SVC_RPC_ORDER_MESSAGES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/store/orders.h"
#include "regulars/customer/v1/events.pb.h"
#include "regulars/customer/v1/order.pb.h"

namespace regulars::customer {

// What callers set of an order, but for its customer, which takes looking up. INVALID_ARGUMENT with
// fields as paths from the order where a value is none that the domain has.
absl::StatusOr<Order> ReadOrder(const v1::Order& message);
// Its time; without one, a time that no order may have.
absl::StatusOr<absl::Time> ReadOrderTime(const v1::Order& message);
// One line of it, at `field`.
absl::StatusOr<OrderLine> ReadLine(const v1::OrderLine& message, absl::string_view field);

// The order as callers see it, with the links of its returns. Reads what the lines do not hold.
absl::Status WriteOrder(Snapshot& db, const CompanySettings& settings,
                        const orders::StoredOrder& stored, v1::Order& message);

// The order as followers see it.
absl::Status WriteFacts(Snapshot& db, const CompanySettings& settings,
                        const orders::StoredOrder& stored, v1::OrderFacts& facts);

// Version mark of what callers set.
std::string EtagOf(const orders::StoredOrder& stored);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ORDER_MESSAGES_H_
