// The methods of CustomerService that change nothing. Errors as customer_service.proto says.
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_READS_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_READS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer.h"
#include "regulars/customer/v1/customer_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::Customer> GetCustomer(Snapshot& db, const v1::GetCustomerRequest& request);
absl::StatusOr<v1::BatchGetCustomersResponse> BatchGetCustomers(
    Snapshot& db, const v1::BatchGetCustomersRequest& request);
absl::StatusOr<v1::ListCustomersResponse> ListCustomers(Snapshot& db,
                                                        const v1::ListCustomersRequest& request);
absl::StatusOr<v1::Customer> LookupCustomer(Snapshot& db, const v1::LookupCustomerRequest& request);
absl::StatusOr<v1::SearchCustomersResponse> SearchCustomers(
    Snapshot& db, const v1::SearchCustomersRequest& request);

// The customer of that name, whole, if the caller may see it. NOT_FOUND with CUSTOMER_NOT_FOUND.
absl::StatusOr<Customer> LoadVisible(Snapshot& db, absl::string_view name, absl::string_view field);
// The error when there is none.
absl::Status CustomerNotFound(absl::string_view name);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_READS_H_
