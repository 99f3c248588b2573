// Orders as customer-svc tells of them, in its events and when it is asked.
#ifndef LOYALTY_SVC_FOLLOW_ORDER_READING_H_
#define LOYALTY_SVC_FOLLOW_ORDER_READING_H_

#include "absl/status/statusor.h"
#include "loyalty-svc/domain/earning.h"
#include "regulars/customer/v1/events.pb.h"
#include "regulars/customer/v1/order.pb.h"

namespace regulars::loyalty {

// INVALID_ARGUMENT with ORDER_UNREADABLE for what cannot be an order of customer-svc.
absl::StatusOr<OrderFacts> ReadFacts(const customer::v1::OrderFacts& message);
// The same of the resource: amounts are converted at the order's rate, line by line.
absl::StatusOr<OrderFacts> ReadOrder(const customer::v1::Order& message);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_FOLLOW_ORDER_READING_H_
