// Customers as messages and back.
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_MESSAGES_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_MESSAGES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer.h"
#include "customer-svc/domain/settings.h"
#include "regulars/customer/v1/customer.pb.h"

namespace regulars::customer {

// What callers set of a customer, as they wrote it. INVALID_ARGUMENT with fields as paths from the
// customer where a value is none that the domain has.
absl::StatusOr<Customer> ReadCustomer(const v1::Customer& message);

// The customer as callers see it, with purchases and scores, which are read here.
absl::StatusOr<v1::Customer> WriteCustomer(Snapshot& db, const CompanySettings& settings,
                                           const Customer& customer);
// The same of one who was just made: there is nothing to read.
v1::Customer WriteNewCustomer(const CompanySettings& settings, const Customer& customer);

std::string EtagOf(const Customer& customer);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_MESSAGES_H_
