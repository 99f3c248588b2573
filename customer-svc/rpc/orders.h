// OrderService: what the customers bought and brought back.
#ifndef CUSTOMER_SVC_RPC_ORDERS_H_
#define CUSTOMER_SVC_RPC_ORDERS_H_

#include <memory>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::customer {

// Adds the service's tasks to the runner.
std::unique_ptr<rpc::Service> RegisterOrders(const rpc::Environment& environment,
                                             TaskRunner& runner);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ORDERS_H_
