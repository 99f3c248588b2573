// The methods of CustomerService that change customers. Errors as customer_service.proto says.
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_WRITES_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_WRITES_H_

#include <google/protobuf/empty.pb.h>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/rpc/customer_changes.h"
#include "regulars/customer/v1/customer_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::Customer> CreateCustomer(Transaction& tx,
                                            const v1::CreateCustomerRequest& request);
absl::StatusOr<v1::Customer> UpdateCustomer(Transaction& tx,
                                            const v1::UpdateCustomerRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteCustomer(Transaction& tx,
                                                       const v1::DeleteCustomerRequest& request);
absl::StatusOr<v1::UpsertCustomerResponse> UpsertCustomer(Transaction& tx,
                                                          const v1::UpsertCustomerRequest& request);
absl::StatusOr<v1::BatchUpsertCustomersResponse> BatchUpsertCustomers(
    Transaction& tx, const v1::BatchUpsertCustomersRequest& request);
absl::StatusOr<type::v1::UpsertResult> StreamUpsertCustomer(
    Transaction& tx, const v1::StreamUpsertCustomersRequest& request);
absl::StatusOr<v1::TagCustomersResponse> TagCustomers(Transaction& tx,
                                                      const v1::TagCustomersRequest& request);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_WRITES_H_
