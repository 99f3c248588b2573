// CustomerService, wired: its methods are in customer_reads.h and customer_writes.h.
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_SERVICE_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"

namespace regulars::customer {

std::unique_ptr<rpc::Service> RegisterCustomers(const rpc::Environment& environment);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_SERVICE_H_
