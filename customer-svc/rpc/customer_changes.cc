#include "customer-svc/rpc/customer_changes.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/rpc/names.h"
#include "customer-svc/domain/customer_rules.h"
#include "customer-svc/rpc/behaviour_service.h"
#include "customer-svc/rpc/customer_messages.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/rpc/order_changes.h"
#include "customer-svc/store/attributes.h"
#include "customer-svc/store/consents.h"
#include "customer-svc/store/erasures.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using customers::CustomerRef;

absl::Status CheckHomeStore(const auth::Caller& caller, const std::string& home_store) {
  if (auth::MaySee(caller, home_store)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied,
               "you are limited to stores: home_store must be one of them",
               {.reason = "STORE_NOT_ALLOWED",
                .violations = {{"home_store", "is none of the stores that you are limited to"}}});
}

absl::Status Prepare(Snapshot& db, CustomerContext& context, const std::string& known_country,
                     const CustomerMask* mask, Customer& input) {
  ABSL_RETURN_IF_ERROR(attributes::LoadNamed(db, input.attributes, context.definitions));
  if (mask != nullptr) {
    // An attribute that is taken away is named only in the mask.
    std::map<std::string, AttributeValue> named;
    for (const std::string& id : mask->attributes()) named[id];
    ABSL_RETURN_IF_ERROR(attributes::LoadNamed(db, named, context.definitions));
    for (const auto& [id, value] : named) {
      if (context.definitions.contains(id)) continue;
      return FieldError(absl::StrCat("attributes.", id), "ATTRIBUTE_UNKNOWN", "is not declared");
    }
  }
  return PrepareInput(input, known_country,
                      {.definitions = context.definitions,
                       .company_country = context.settings.country,
                       .today = context.settings.DayOf(db.now())});
}

const auth::Caller& CallerOf(Snapshot& db, const CustomerContext& context) {
  return context.on_behalf_of ? *context.on_behalf_of : db.caller();
}

// A customer made of what has been prepared.
absl::StatusOr<Customer> MakeNew(Snapshot& db, const CustomerContext& context,
                                 const Customer& input) {
  Customer customer;
  Replace(input, CustomerMask::All(), customer);
  ABSL_RETURN_IF_ERROR(CheckHomeStore(CallerOf(db, context), customer.home_store));
  return customer;
}

// Stores a new customer, whose identifiers may have owners.
absl::StatusOr<Customer> InsertNew(Transaction& tx, Customer customer) {
  customer.id = tx.NewId();
  customer.create_time = customer.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(customers::Insert(tx, customer));
  v1::CustomerCreated event;
  event.set_customer(rpc::Name("customers", customer.id));
  tx.Publish(PackEvent(event.customer(), customer.home_store, event));
  ABSL_RETURN_IF_ERROR(MoveMemberships(tx, customer.key, kAllFacts));
  return customer;
}

// Those in the store.
class StoredCustomers : public CustomerView {
 public:
  explicit StoredCustomers(Snapshot& db) : db_(db) {}
  absl::StatusOr<std::optional<CustomerRef>> FindByExternalId(const ExternalId& id) override {
    return customers::FindByExternalId(db_, id.system, id.id);
  }
  absl::StatusOr<std::optional<CustomerRef>> FindByEmail(const std::string& address) override {
    return customers::FindByEmail(db_, address);
  }
  absl::StatusOr<std::optional<Customer>> Load(int64_t key) override {
    return customers::LoadByKey(db_, key);
  }

 private:
  Snapshot& db_;
};

struct Owner {
  CustomerRef customer;
  // Path of the first identifier that is theirs.
  std::string field;
};

// The customers that have identifiers of `input`, by key.
absl::StatusOr<std::map<int64_t, Owner>> FindOwners(CustomerView& view, const Customer& input) {
  std::map<int64_t, Owner> owners;
  for (size_t i = 0; i < input.external_ids.size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(const auto owner, view.FindByExternalId(input.external_ids[i]));
    if (owner) owners.try_emplace(owner->key, Owner{*owner, absl::StrCat("external_ids[", i, "]")});
  }
  for (size_t i = 0; i < input.emails.size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(const auto owner, view.FindByEmail(input.emails[i].address));
    if (owner)
      owners.try_emplace(owner->key, Owner{*owner, absl::StrCat("emails[", i, "].address")});
  }
  return owners;
}

absl::Status SeveralOwners(const auth::Caller& caller, const std::map<int64_t, Owner>& owners) {
  std::vector<std::string> names;
  for (const auto& [key, owner] : owners) {
    if (!auth::MaySee(caller, owner.customer.home_store)) continue;
    names.push_back(rpc::Name("customers", owner.customer.id));
  }
  return Error(absl::StatusCode::kFailedPrecondition,
               "the external ids and e-mails belong to several customers",
               {.reason = "IDENTIFIERS_OF_SEVERAL_CUSTOMERS",
                .metadata = {{"customers", absl::StrJoin(names, ",")}}});
}

// Customers of other stores are as if they were not: the upsert is refused as one that would make a
// customer with an identifier that is taken, and does not tell by whom.
absl::Status CheckOwner(const auth::Caller& caller, const Owner& owner, const Customer& input) {
  if (auth::MaySee(caller, owner.customer.home_store)) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(CheckHomeStore(caller, input.home_store));
  constexpr char kTaken[] = "belongs to another customer";
  return Error(absl::StatusCode::kAlreadyExists, absl::StrCat(owner.field, " ", kTaken),
               {.reason = "IDENTIFIER_TAKEN", .violations = {{owner.field, kTaken}}});
}

// Checks the state of a customer that a change has come to, and finishes it.
absl::Status FinishChange(Snapshot& db, const CustomerContext& context, const Customer& before,
                          Customer& after) {
  ABSL_RETURN_IF_ERROR(CheckLimits(after));
  if (before.country_set && !after.country_set) {
    ABSL_ASSIGN_OR_RETURN(after.country, orders::LatestCountry(db, after.key));
  }
  if (after.home_store == before.home_store) return absl::OkStatus();
  return CheckHomeStore(CallerOf(db, context), after.home_store);
}

absl::StatusOr<ChangedCustomer> StoreAfter(Transaction& tx, const Customer& before,
                                           Customer after) {
  ABSL_ASSIGN_OR_RETURN(const bool changed, StoreChange(tx, before, after));
  return ChangedCustomer{std::move(after), changed ? type::v1::UPSERT_OUTCOME_UPDATED
                                                   : type::v1::UPSERT_OUTCOME_UNCHANGED};
}

}  // namespace

absl::StatusOr<PlannedUpsert> PlanUpsert(Snapshot& db, CustomerView& view, CustomerContext& context,
                                         CustomerUpsert upsert) {
  Customer& input = upsert.customer;
  if (input.external_ids.empty() && input.emails.empty()) {
    return FieldError("external_ids", "IDENTIFIER_MISSING",
                      "must hold an external id, unless emails holds an address");
  }
  ABSL_RETURN_IF_ERROR(CheckLimits(input));
  ABSL_ASSIGN_OR_RETURN(const auto owners, FindOwners(view, input));
  const auth::Caller& caller = CallerOf(db, context);
  if (owners.size() > 1) return SeveralOwners(caller, owners);
  PlannedUpsert planned;
  if (owners.empty()) {
    // The mask tells what to replace; here is nothing to replace.
    ABSL_RETURN_IF_ERROR(Prepare(db, context, upsert.phone_country.value_or(""), nullptr, input));
    ABSL_ASSIGN_OR_RETURN(planned.after, MakeNew(db, context, input));
    return planned;
  }
  ABSL_RETURN_IF_ERROR(CheckOwner(caller, owners.begin()->second, input));
  const CustomerMask* mask = upsert.mask ? &*upsert.mask : nullptr;
  if (mask != nullptr) Restrict(*mask, /*keep_identifiers=*/true, input);
  const CustomerRef& owner = owners.begin()->second.customer;
  ABSL_RETURN_IF_ERROR(
      Prepare(db, context, upsert.phone_country.value_or(owner.country), mask, input));
  ABSL_ASSIGN_OR_RETURN(planned.before, view.Load(owner.key));
  if (!planned.before) return NotFound("CUSTOMER_NOT_FOUND", "no such customer");
  ABSL_RETURN_IF_ERROR(CheckEtag(upsert.etag, EtagOf(*planned.before)));
  planned.after = *planned.before;
  if (mask != nullptr) {
    Replace(input, *mask, planned.after);
  } else {
    Add(input, planned.after);
  }
  ABSL_RETURN_IF_ERROR(FinishChange(db, context, *planned.before, planned.after));
  return planned;
}

absl::StatusOr<ChangedCustomer> StorePlanned(Transaction& tx, PlannedUpsert planned) {
  if (planned.before) return StoreAfter(tx, *planned.before, std::move(planned.after));
  ABSL_ASSIGN_OR_RETURN(Customer made, InsertNew(tx, std::move(planned.after)));
  return ChangedCustomer{std::move(made), type::v1::UPSERT_OUTCOME_CREATED};
}

absl::StatusOr<CustomerContext> LoadCustomerContext(Snapshot& db) {
  CustomerContext context;
  ABSL_ASSIGN_OR_RETURN(context.settings, settings::Load(db));
  return context;
}

absl::StatusOr<Customer> ApplyCreate(Transaction& tx, CustomerContext& context, Customer input) {
  ABSL_RETURN_IF_ERROR(Prepare(tx, context, "", nullptr, input));
  ABSL_ASSIGN_OR_RETURN(Customer customer, MakeNew(tx, context, input));
  return InsertNew(tx, std::move(customer));
}

absl::StatusOr<ChangedCustomer> ApplyUpdate(Transaction& tx, CustomerContext& context,
                                            const Customer& before, const CustomerMask& mask,
                                            Customer input) {
  Restrict(mask, /*keep_identifiers=*/false, input);
  ABSL_RETURN_IF_ERROR(Prepare(tx, context, before.country, &mask, input));
  Customer after = before;
  Replace(input, mask, after);
  ABSL_RETURN_IF_ERROR(FinishChange(tx, context, before, after));
  return StoreAfter(tx, before, std::move(after));
}

absl::StatusOr<ChangedCustomer> ApplyUpsert(Transaction& tx, CustomerContext& context,
                                            CustomerUpsert upsert) {
  StoredCustomers stored(tx);
  ABSL_ASSIGN_OR_RETURN(PlannedUpsert planned, PlanUpsert(tx, stored, context, std::move(upsert)));
  return StorePlanned(tx, std::move(planned));
}

absl::StatusOr<type::v1::UpsertOutcome> JudgeUpsert(Snapshot& db, CustomerContext& context,
                                                    CustomerUpsert upsert) {
  StoredCustomers stored(db);
  ABSL_ASSIGN_OR_RETURN(const PlannedUpsert planned,
                        PlanUpsert(db, stored, context, std::move(upsert)));
  if (!planned.before) return type::v1::UPSERT_OUTCOME_CREATED;
  return ChangedFields(*planned.before, planned.after).empty() ? type::v1::UPSERT_OUTCOME_UNCHANGED
                                                               : type::v1::UPSERT_OUTCOME_UPDATED;
}

bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kOutOfRange:
      return true;
    default:
      return false;
  }
}

absl::StatusOr<bool> StoreChange(Transaction& tx, const Customer& before, Customer& after) {
  const std::vector<std::string> fields = ChangedFields(before, after);
  if (fields.empty()) return false;
  after.version = before.version + 1;
  after.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(customers::Update(tx, before, after));
  v1::CustomerUpdated event;
  event.set_customer(rpc::Name("customers", after.id));
  for (const std::string& field : fields) event.mutable_changed_fields()->add_paths(field);
  tx.Publish(PackEvent(event.customer(), after.home_store, event));
  ABSL_RETURN_IF_ERROR(MoveMemberships(tx, after.key, GroupsOf(fields)));
  return true;
}

absl::StatusOr<CustomerRef> CreateBareCustomer(Transaction& tx,
                                               const customers::BareCustomer& bare) {
  ABSL_ASSIGN_OR_RETURN(const CustomerRef made, customers::CreateBare(tx, bare));
  v1::CustomerCreated event;
  event.set_customer(rpc::Name("customers", made.id));
  tx.Publish(PackEvent(event.customer(), made.home_store, event));
  return made;
}

absl::Status ApplyDelete(Transaction& tx, const Customer& customer, orders::Departure how) {
  ABSL_RETURN_IF_ERROR(ForgetMemberships(tx, customer.key));
  ABSL_RETURN_IF_ERROR(consents::Forget(tx, customer.key));
  ABSL_RETURN_IF_ERROR(followed::Forget(tx, customer.key));
  ABSL_RETURN_IF_ERROR(ForgetBehaviour(tx, customer.key));
  ABSL_RETURN_IF_ERROR(Depart(tx, customer.key, how));
  if (how == orders::Departure::kDeleted) {
    ABSL_RETURN_IF_ERROR(erasures::NoteDeleted(tx, customer.id));
  }
  ABSL_RETURN_IF_ERROR(customers::Delete(tx, customer));
  v1::CustomerDeleted event;
  event.set_customer(rpc::Name("customers", customer.id));
  tx.Publish(PackEvent(event.customer(), customer.home_store, event));
  return absl::OkStatus();
}

}  // namespace regulars::customer
