// Customers and the rows that hang on them: identifiers, phones, tags, attributes, addresses,
// names.
//
//   ABSL_ASSIGN_OR_RETURN(const auto found, customers::FindByEmail(db, "Ann@Example.com"));
//   if (found) …found->key…
//
// What is written has been validated (domain/customer_rules.h); the store checks only what needs
// its tables: who owns an identifier.
#ifndef CUSTOMER_SVC_STORE_CUSTOMERS_H_
#define CUSTOMER_SVC_STORE_CUSTOMERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer.h"

namespace regulars::customer::customers {

// What others than the customer's own methods need of a customer.
struct CustomerRef {
  int64_t key = 0;
  std::string id;
  std::string home_store;
  std::string country;
  // Whether a caller or an import has set the country; if not, orders may.
  bool country_set_by_caller = false;
};

absl::StatusOr<std::optional<CustomerRef>> FindById(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<CustomerRef>> FindByKey(Snapshot& db, int64_t key);
absl::StatusOr<std::optional<CustomerRef>> FindByExternalId(Snapshot& db, absl::string_view system,
                                                            absl::string_view id);
// `address` as written; a text that is no address has no owner.
absl::StatusOr<std::optional<CustomerRef>> FindByEmail(Snapshot& db, absl::string_view address);

// The customer with an external id, and whether nobody has an e-mail address, in one query.
struct FoundBeside {
  CustomerRef owner;
  bool email_free = false;
};
absl::StatusOr<std::optional<FoundBeside>> FindByExternalIdBeside(Snapshot& db,
                                                                  absl::string_view system,
                                                                  absl::string_view id,
                                                                  absl::string_view email);

// A customer of whom only what an order or an import says is known. Empty means unknown.
struct BareCustomer {
  // At least an external id, an e-mail address or a phone number in E.164, validated.
  std::string system;
  std::string external_id;
  std::string email;
  std::string phone;
  // As of an order: orders may change it again.
  std::string country;
  std::string home_store;
};

// Makes one. ALREADY_EXISTS with IDENTIFIER_TAKEN if one of the identifiers has an owner.
absl::StatusOr<CustomerRef> CreateBare(Transaction& tx, const BareCustomer& bare);

// Moves the country unless a caller has set it; whether it changed. Leaves version and time of
// change alone. '' means unknown.
absl::StatusOr<bool> SetCountryFromOrders(Transaction& tx, int64_t key, absl::string_view country);

// The whole customer.
absl::StatusOr<std::optional<Customer>> Load(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Customer>> LoadByKey(Snapshot& db, int64_t key);

// Stores a new customer; `customer.key` is given here, its id, times and version by the caller.
// ALREADY_EXISTS with IDENTIFIER_TAKEN (metadata `customer`) if an identifier has an owner.
absl::Status Insert(Transaction& tx, Customer& customer);

// Writes what differs between two states of one customer. Errors as Insert.
absl::Status Update(Transaction& tx, const Customer& before, const Customer& after);

// Moves version and time of change alone: something was taken from the customer elsewhere.
absl::Status Touch(Transaction& tx, int64_t key);

// Takes the customer and all its rows in the tables of 0001 away.
absl::Status Delete(Transaction& tx, const Customer& customer);

}  // namespace regulars::customer::customers

#endif  // CUSTOMER_SVC_STORE_CUSTOMERS_H_
