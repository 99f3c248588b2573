// Lists of orders: a page at a time.
#ifndef CUSTOMER_SVC_RPC_ORDER_LIST_H_
#define CUSTOMER_SVC_RPC_ORDER_LIST_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/order_service.pb.h"

namespace regulars::customer {

// INVALID_ARGUMENT with the reasons of rpc::ReadPage, of filters (chassis/filter/check.h)
// and INVALID_ORDER_BY.
absl::StatusOr<v1::ListOrdersResponse> ListOrders(Snapshot& db,
                                                  const v1::ListOrdersRequest& request);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ORDER_LIST_H_
