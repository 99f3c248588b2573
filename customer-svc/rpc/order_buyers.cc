#include "customer-svc/rpc/order_buyers.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "customer-svc/domain/phone_number.h"
#include "customer-svc/domain/text_rules.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/store/customer_search.h"

namespace regulars::customer {
namespace {

using customers::BareCustomer;
using customers::CustomerRef;

constexpr char kField[] = "customer_identifier";
constexpr size_t kMaxExternalIdLength = 200;
// Customers with one phone number that are looked at to find the one whom the caller may see.
constexpr int64_t kMaxSharers = 100;

// What an identifier stands for: its owner, if the caller may see them, and what a new customer
// with it would be.
struct Found {
  std::optional<CustomerRef> owner;
  bool owner_hidden = false;
  BareCustomer bare;
};

void SetOwner(const Snapshot& db, std::optional<CustomerRef> owner, Found& found) {
  found.owner_hidden = owner && !auth::MaySee(db.caller(), owner->home_store);
  if (owner && !found.owner_hidden) found.owner = std::move(owner);
}

absl::StatusOr<Found> FindByExternalId(Snapshot& db, const v1::ExternalId& id) {
  if (!IsSystem(id.system()) || id.id().empty() || !IsText(id.id(), kMaxExternalIdLength)) {
    return FieldError(absl::StrCat(kField, ".external_id"), "INVALID_EXTERNAL_ID",
                      "must have a system and an id of 1 to 200 characters");
  }
  Found found{.bare = {.system = id.system(), .external_id = id.id()}};
  ABSL_ASSIGN_OR_RETURN(auto owner, customers::FindByExternalId(db, id.system(), id.id()));
  SetOwner(db, std::move(owner), found);
  return found;
}

absl::StatusOr<Found> FindByEmail(Snapshot& db, const std::string& address) {
  if (const auto folded = FoldMailbox(address); !folded.ok()) {
    return FieldError(absl::StrCat(kField, ".email"), "INVALID_EMAIL", folded.status().message());
  }
  Found found{.bare = {.email = address}};
  ABSL_ASSIGN_OR_RETURN(auto owner, customers::FindByEmail(db, address));
  SetOwner(db, std::move(owner), found);
  return found;
}

absl::StatusOr<Found> FindByPhone(Snapshot& db, const std::string& text) {
  const absl::StatusOr<std::string> number = ReadPhone(text, /*region=*/"");
  if (!number.ok()) {
    return FieldError(absl::StrCat(kField, ".phone"), "INVALID_PHONE", number.status().message());
  }
  Found found{.bare = {.phone = *number}};
  ABSL_ASSIGN_OR_RETURN(const std::vector<int64_t> keys,
                        customers::FindByTyped(db, {.phone = *number}, 0, kMaxSharers));
  for (const int64_t key : keys) {
    ABSL_ASSIGN_OR_RETURN(auto sharer, customers::FindByKey(db, key));
    if (!sharer || !auth::MaySee(db.caller(), sharer->home_store)) continue;
    if (found.owner) {
      return FailedPrecondition("IDENTIFIER_AMBIGUOUS",
                                "the phone number is that of several customers");
    }
    found.owner = std::move(sharer);
  }
  return found;
}

absl::StatusOr<Found> FindByIdentifier(Snapshot& db, const v1::CustomerIdentifier& identifier) {
  switch (identifier.identifier_case()) {
    case v1::CustomerIdentifier::kEmail:
      return FindByEmail(db, identifier.email());
    case v1::CustomerIdentifier::kPhone:
      return FindByPhone(db, identifier.phone());
    case v1::CustomerIdentifier::kExternalId:
      return FindByExternalId(db, identifier.external_id());
    case v1::CustomerIdentifier::IDENTIFIER_NOT_SET:
      break;
  }
  return FieldError(kField, "IDENTIFIER_MISSING", "must hold an e-mail, a phone or an external id");
}

absl::Status NamedTwice() {
  return FieldError(kField, "CUSTOMER_NAMED_TWICE", "must not be set beside `customer`");
}

absl::Status TakenElsewhere() {
  return AlreadyExists("IDENTIFIER_TAKEN", "the identifier belongs to a customer elsewhere");
}

// A customer of whom the order tells all that is known.
absl::StatusOr<BareCustomer> NewCustomer(const Snapshot& db, const v1::Order& message,
                                         Found found) {
  if (found.owner_hidden) return TakenElsewhere();
  found.bare.country = message.country();
  // Those who are limited to stores could not see the customer otherwise.
  if (!db.caller().realms.empty()) found.bare.home_store = message.store();
  return std::move(found.bare);
}

// What a file's identifiers alone say of a customer.
CustomerUpsert UpsertOf(const BareCustomer& identified) {
  Customer customer{.kind = CustomerKind::kUnspecified};
  customer.external_ids = {{identified.system, identified.external_id}};
  customer.emails = {{.address = identified.email}};
  return {.customer = std::move(customer)};
}

absl::Status CheckIdentifiers(Snapshot& db, const BareCustomer& identified) {
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(db));
  return JudgeUpsert(db, context, UpsertOf(identified)).status();
}

OrderBuyer Known(const CustomerRef& owner, bool gains_identifier) {
  return {.known = Buyer{owner.key, owner.id}, .gains_identifier = gains_identifier};
}

// The buyer of an order that tells both an external id and an e-mail; nullopt if nobody has either.
absl::StatusOr<std::optional<OrderBuyer>> FindByBoth(Snapshot& db, const BareCustomer& identified) {
  ABSL_ASSIGN_OR_RETURN(const auto by_id,
                        customers::FindByExternalIdBeside(
                            db, identified.system, identified.external_id, identified.email));
  if (by_id) {
    if (!auth::MaySee(db.caller(), by_id->owner.home_store)) return TakenElsewhere();
    if (!by_id->email_free) return Known(by_id->owner, false);
    const absl::Status checked = CheckIdentifiers(db, identified);
    if (!checked.ok() && !IsRefusal(checked)) return checked;
    return Known(by_id->owner, checked.ok());
  }
  ABSL_ASSIGN_OR_RETURN(const auto by_email, customers::FindByEmail(db, identified.email));
  if (!by_email) return std::optional<OrderBuyer>();
  if (!auth::MaySee(db.caller(), by_email->home_store)) return TakenElsewhere();
  ABSL_RETURN_IF_ERROR(CheckIdentifiers(db, identified));
  return Known(*by_email, true);
}

// The same of one that tells at most one of them.
absl::StatusOr<std::optional<OrderBuyer>> FindByOne(Snapshot& db, const BareCustomer& identified) {
  std::optional<CustomerRef> owner;
  if (!identified.external_id.empty()) {
    ABSL_ASSIGN_OR_RETURN(
        owner, customers::FindByExternalId(db, identified.system, identified.external_id));
  } else if (!identified.email.empty()) {
    ABSL_ASSIGN_OR_RETURN(owner, customers::FindByEmail(db, identified.email));
  }
  if (!owner) return std::optional<OrderBuyer>();
  if (!auth::MaySee(db.caller(), owner->home_store)) return TakenElsewhere();
  return Known(*owner, false);
}

}  // namespace

absl::StatusOr<CustomerRef> FindVisible(Snapshot& db, const std::string& name,
                                        absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("customers", name, field));
  ABSL_ASSIGN_OR_RETURN(auto found, customers::FindById(db, id));
  if (!found || !auth::MaySee(db.caller(), found->home_store)) {
    return NotFound("CUSTOMER_NOT_FOUND", absl::StrCat("there is no customer '", name, "'"));
  }
  return *std::move(found);
}

absl::StatusOr<CustomerRef> FindMeant(Snapshot& db, const std::string& name,
                                      const v1::CustomerIdentifier* identifier) {
  if (identifier == nullptr) {
    if (!name.empty()) return FindVisible(db, name, "customer");
    return FieldError("customer", "CUSTOMER_MISSING", "or customer_identifier is needed");
  }
  if (!name.empty()) return NamedTwice();
  ABSL_ASSIGN_OR_RETURN(Found found, FindByIdentifier(db, *identifier));
  if (found.owner) return *std::move(found.owner);
  return FailedPrecondition("CUSTOMER_UNKNOWN", "nobody has the customer identifier");
}

absl::StatusOr<OrderBuyer> FindBuyer(Snapshot& db, const v1::Order& message,
                                     v1::UnknownCustomer if_unknown) {
  if (!message.has_customer_identifier()) {
    if (message.customer().empty()) return OrderBuyer();
    ABSL_ASSIGN_OR_RETURN(const CustomerRef found, FindVisible(db, message.customer(), "customer"));
    return OrderBuyer{.known = Buyer{found.key, found.id}};
  }
  if (!message.customer().empty()) return NamedTwice();
  ABSL_ASSIGN_OR_RETURN(Found found, FindByIdentifier(db, message.customer_identifier()));
  if (found.owner) return OrderBuyer{.known = Buyer{found.owner->key, found.owner->id}};
  switch (if_unknown) {
    case v1::UNKNOWN_CUSTOMER_CREATE: {
      ABSL_ASSIGN_OR_RETURN(BareCustomer bare, NewCustomer(db, message, std::move(found)));
      return OrderBuyer{.unknown = std::move(bare)};
    }
    case v1::UNKNOWN_CUSTOMER_ANONYMOUS:
      return OrderBuyer();
    default:
      return FailedPrecondition("CUSTOMER_UNKNOWN", "nobody has the order's customer identifier");
  }
}

absl::StatusOr<OrderBuyer> FindBuyer(Snapshot& db, BareCustomer identified) {
  const bool both = !identified.external_id.empty() && !identified.email.empty();
  ABSL_ASSIGN_OR_RETURN(std::optional<OrderBuyer> known,
                        both ? FindByBoth(db, identified) : FindByOne(db, identified));
  if (known) return *std::move(known);
  if (identified.external_id.empty() && identified.email.empty()) return OrderBuyer();
  if (identified.external_id.empty()) identified.system.clear();
  // Those who are limited to stores could not see the customer otherwise.
  if (db.caller().realms.empty()) identified.home_store.clear();
  return OrderBuyer{.unknown = std::move(identified)};
}

absl::Status AddIdentifier(Transaction& tx, const BareCustomer& identified) {
  ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
  return ApplyUpsert(tx, context, UpsertOf(identified)).status();
}

}  // namespace regulars::customer
