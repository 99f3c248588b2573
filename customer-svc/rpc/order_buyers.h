// Who is meant: from what the sender of an order, an event or a consent knows to a customer of
// ours.
#ifndef CUSTOMER_SVC_RPC_ORDER_BUYERS_H_
#define CUSTOMER_SVC_RPC_ORDER_BUYERS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/store/customers.h"
#include "regulars/customer/v1/order.pb.h"

namespace regulars::customer {

// At most one of both is set.
struct OrderBuyer {
  // A customer of ours.
  std::optional<Buyer> known;
  // One to be made with the order.
  std::optional<customers::BareCustomer> unknown;
  // Of a file: whether nobody has one of the identifiers that were looked for, so that `known` is
  // to get it with the order: AddIdentifier().
  bool gains_identifier = false;
};

// The customer of that name, if the caller may see it. INVALID_ARGUMENT with NAME_MISSING or
// INVALID_NAME of `field`; NOT_FOUND with CUSTOMER_NOT_FOUND.
absl::StatusOr<customers::CustomerRef> FindVisible(Snapshot& db, const std::string& name,
                                                   absl::string_view field);

// The customer whom a name or, where it is not null, an identifier means; exactly one of both is
// given. Errors as of FindBuyer(), and INVALID_ARGUMENT with CUSTOMER_MISSING; an identifier that
// nobody has is CUSTOMER_UNKNOWN.
absl::StatusOr<customers::CustomerRef> FindMeant(Snapshot& db, const std::string& name,
                                                 const v1::CustomerIdentifier* identifier);

// Finds the customer whom `message` names or identifies; reads only. Customers of stores that the
// caller may not see are as if they did not exist.
//
// Errors, with fields as paths from the order: INVALID_ARGUMENT with CUSTOMER_NAMED_TWICE,
// INVALID_NAME, IDENTIFIER_MISSING, INVALID_EXTERNAL_ID, INVALID_EMAIL or INVALID_PHONE; NOT_FOUND
// with CUSTOMER_NOT_FOUND; FAILED_PRECONDITION with CUSTOMER_UNKNOWN or IDENTIFIER_AMBIGUOUS;
// ALREADY_EXISTS with IDENTIFIER_TAKEN (one is to be made, but another store's customer has it).
absl::StatusOr<OrderBuyer> FindBuyer(Snapshot& db, const v1::Order& message,
                                     v1::UnknownCustomer if_unknown);

// Finds the customer whom a file identifies: by external id, or else by e-mail; reads only. Both
// may be empty, then nobody is meant; those given are well-formed. `identified.home_store` is the
// order's store.
//
// An identifier that nobody has belongs to who has the other one, as in a CustomerUpsert. An e-mail
// that is another's than the external id, or more than its owner may have, is left alone: the id
// alone tells who is meant. ALREADY_EXISTS with IDENTIFIER_TAKEN as above; INVALID_ARGUMENT with
// TOO_MANY_EXTERNAL_IDS.
absl::StatusOr<OrderBuyer> FindBuyer(Snapshot& db, customers::BareCustomer identified);

// Gives the known buyer the identifier of `identified` that FindBuyer() has found to be nobody's,
// in the same change.
absl::Status AddIdentifier(Transaction& tx, const customers::BareCustomer& identified);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ORDER_BUYERS_H_
