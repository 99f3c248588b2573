// How customers change: made, changed, merged with what another system knows, deleted. Each change
// moves in one transaction the customer, the segments it is in, and publishes one event if, and
// only if, something changed.
//
//   ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
//   ABSL_ASSIGN_OR_RETURN(const ChangedCustomer changed,
//                         ApplyUpsert(tx, context, {.customer = input}));
#ifndef CUSTOMER_SVC_RPC_CUSTOMER_CHANGES_H_
#define CUSTOMER_SVC_RPC_CUSTOMER_CHANGES_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/auth/caller.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/attribute.h"
#include "customer-svc/domain/customer.h"
#include "customer-svc/domain/customer_change.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/orders.h"
#include "regulars/type/v1/upsert.pb.h"

namespace regulars::customer {

// What all customers of a transaction are read by.
struct CustomerContext {
  CompanySettings settings;
  // Those that were needed so far.
  AttributeDefinitions definitions;
  // For whom customers are changed, where that is not the transaction's caller: a task works for
  // the one who made it.
  std::optional<auth::Caller> on_behalf_of;
};

absl::StatusOr<CustomerContext> LoadCustomerContext(Snapshot& db);

struct ChangedCustomer {
  // Afterwards, whole.
  Customer customer;
  type::v1::UpsertOutcome outcome = type::v1::UPSERT_OUTCOME_UNSPECIFIED;
};

// A customer as another system knows it; see v1::CustomerUpsert.
struct CustomerUpsert {
  // As the caller wrote it: it is prepared here.
  Customer customer;
  // Fields that replace what is there; without, lists are added to.
  std::optional<CustomerMask> mask;
  // If set, must be that of the customer found.
  std::string etag;
  // Country by which phone numbers in national form are read where `customer` has none; unset: that
  // of the customer found. "" means unknown: the company's.
  std::optional<std::string> phone_country;
};

// Makes a customer of what a caller wrote. Refusals: those of PrepareInput, IDENTIFIER_TAKEN,
// STORE_NOT_ALLOWED.
absl::StatusOr<Customer> ApplyCreate(Transaction& tx, CustomerContext& context, Customer input);

// Changes the masked fields of `before`. Refusals as ApplyCreate.
absl::StatusOr<ChangedCustomer> ApplyUpdate(Transaction& tx, CustomerContext& context,
                                            const Customer& before, const CustomerMask& mask,
                                            Customer input);

// Makes or changes the customer who has the identifiers of `upsert`. Refusals: those of
// PrepareInput (paths from the customer), IDENTIFIER_MISSING, IDENTIFIERS_OF_SEVERAL_CUSTOMERS,
// ETAG_MISMATCH, STORE_NOT_ALLOWED, IDENTIFIER_TAKEN (by a customer of a store that the caller is
// not limited to). All of them come before anything was written: those who upsert many customers in
// one transaction go on with the next. Any other error ends the transaction.
absl::StatusOr<ChangedCustomer> ApplyUpsert(Transaction& tx, CustomerContext& context,
                                            CustomerUpsert upsert);

// What ApplyUpsert would come to, without doing it. Refusals as there.
absl::StatusOr<type::v1::UpsertOutcome> JudgeUpsert(Snapshot& db, CustomerContext& context,
                                                    CustomerUpsert upsert);

// The customers that an upsert finds.
class CustomerView {
 public:
  virtual ~CustomerView() = default;
  virtual absl::StatusOr<std::optional<customers::CustomerRef>> FindByExternalId(
      const ExternalId& id) = 0;
  virtual absl::StatusOr<std::optional<customers::CustomerRef>> FindByEmail(
      const std::string& address) = 0;
  virtual absl::StatusOr<std::optional<Customer>> Load(int64_t key) = 0;
};

// What an upsert comes to, checked, before anything is written.
struct PlannedUpsert {
  // Nobody has the identifiers: a customer is made.
  std::optional<Customer> before;
  Customer after;
};

// Among the customers of `view`; `db` serves for everything else. Refusals as of ApplyUpsert.
absl::StatusOr<PlannedUpsert> PlanUpsert(Snapshot& db, CustomerView& view, CustomerContext& context,
                                         CustomerUpsert upsert);

// Writes it. Customers and owners of identifiers must be as they were when it was planned.
absl::StatusOr<ChangedCustomer> StorePlanned(Transaction& tx, PlannedUpsert planned);

// Whether the error is a refusal of one item and not the end of the transaction.
bool IsRefusal(const absl::Status& status);

// Stores what differs between two states, one of them prepared from the other; whether anything
// did. For changes that are no caller's input.
absl::StatusOr<bool> StoreChange(Transaction& tx, const Customer& before, Customer& after);

// Makes a customer of whom an order or an import knows no more, with its event. Who calls this
// calls MoveMemberships() when the rest of the change is written.
absl::StatusOr<customers::CustomerRef> CreateBareCustomer(Transaction& tx,
                                                          const customers::BareCustomer& bare);

// Deletes a customer with all that hangs on it; its orders stay. What there may be any number of
// goes in steps.
absl::Status ApplyDelete(Transaction& tx, const Customer& customer,
                         orders::Departure how = orders::Departure::kDeleted);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_CUSTOMER_CHANGES_H_
