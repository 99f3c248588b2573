// What UpdateOrder changes: the fields that its mask names.
#ifndef CUSTOMER_SVC_RPC_ORDER_UPDATE_H_
#define CUSTOMER_SVC_RPC_ORDER_UPDATE_H_

#include "absl/status/statusor.h"
#include "customer-svc/domain/order.h"
#include "regulars/customer/v1/order_service.pb.h"

namespace regulars::customer {

struct OrderUpdate {
  // The order with the masked fields changed, but for its customer.
  Order order;
  // Whether the customer is one of them.
  bool buyer = false;
};

// INVALID_ARGUMENT, with fields as paths from the request: INVALID_UPDATE_MASK (a path that is no
// field that callers write), FIELD_IMMUTABLE, and those of ReadOrder.
absl::StatusOr<OrderUpdate> ReadOrderUpdate(const v1::UpdateOrderRequest& request,
                                            const Order& before);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ORDER_UPDATE_H_
