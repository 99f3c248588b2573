// How files are read: between messages, plain values and stored bytes.
//
//   ABSL_RETURN_IF_ERROR(CheckOptions(tx, request.options()));
//   import.options = SerializeOptions(request.options());
#ifndef CUSTOMER_SVC_RPC_IMPORT_OPTIONS_H_
#define CUSTOMER_SVC_RPC_IMPORT_OPTIONS_H_

#include <google/protobuf/message_lite.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer_rows.h"
#include "customer-svc/domain/import.h"
#include "customer-svc/domain/order_rows.h"
#include "regulars/customer/v1/import.pb.h"

namespace regulars::customer {

// INVALID_ARGUMENT with INVALID_OPTIONS for numbers that no enum value has.
absl::StatusOr<OrderLineOptions> ReadOptions(const v1::OrderLineImportOptions& message);
CustomerOptions ReadOptions(const v1::CustomerImportOptions& message);

// Checks options by the company's settings and declared attributes. Refusals as of
// ReadOrderOptions and ReadCustomerOptions; paths from the options.
absl::StatusOr<OrderReading> CheckOptions(Snapshot& db, const v1::OrderLineImportOptions& message);
absl::StatusOr<CustomerReading> CheckOptions(Snapshot& db,
                                             const v1::CustomerImportOptions& message);

// Equal options give equal bytes.
std::string SerializeOptions(const google::protobuf::MessageLite& options);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORT_OPTIONS_H_
