// The books: statements, and whether everything adds up.
#ifndef LOYALTY_SVC_RPC_LEDGER_SERVICE_H_
#define LOYALTY_SVC_RPC_LEDGER_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"

namespace regulars::loyalty {

std::unique_ptr<rpc::Service> RegisterLedger(const rpc::Environment& environment);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_LEDGER_SERVICE_H_
