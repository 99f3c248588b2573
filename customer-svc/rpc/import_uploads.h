// The methods that receive files: what can be told from the options and the header line is told at
// once, the rest by the import.
#ifndef CUSTOMER_SVC_RPC_IMPORT_UPLOADS_H_
#define CUSTOMER_SVC_RPC_IMPORT_UPLOADS_H_

#include <functional>

#include "absl/status/statusor.h"
#include "chassis/rpc/environment.h"
#include "chassis/storage/transaction.h"
#include "google/longrunning/operations.pb.h"
#include "regulars/customer/v1/import_service.pb.h"

namespace regulars::customer {

// Takes note of a file that has been looked at.
using StartFunction = std::function<absl::StatusOr<google::longrunning::Operation>(Transaction&)>;

absl::StatusOr<StartFunction> ReceiveOrderLines(const rpc::Environment& environment,
                                                const Origin& origin,
                                                const v1::ImportOrderLinesRequest& request,
                                                const rpc::SpoolFile& file);
absl::StatusOr<StartFunction> ReceiveCustomers(const rpc::Environment& environment,
                                               const Origin& origin,
                                               const v1::ImportCustomersRequest& request,
                                               const rpc::SpoolFile& file);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORT_UPLOADS_H_
