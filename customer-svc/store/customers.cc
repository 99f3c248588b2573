#include "customer-svc/store/customers.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "customer-svc/store/customer_parts.h"

namespace regulars::customer::customers {
namespace {

absl::StatusOr<std::optional<CustomerRef>> First(Query query) {
  ABSL_ASSIGN_OR_RETURN(
      auto row, std::move(query).First<int64_t, std::string, std::string, std::string, bool>());
  if (!row) return std::nullopt;
  CustomerRef ref;
  std::tie(ref.key, ref.id, ref.home_store, ref.country, ref.country_set_by_caller) =
      *std::move(row);
  return ref;
}

absl::StatusOr<std::optional<Customer>> LoadRow(Query query, Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      auto row, std::move(query)
                    .First<int64_t, std::string, std::string, std::string, std::string, std::string,
                           int64_t, std::string, std::string, bool, std::string, std::string,
                           std::string, int64_t, int64_t, absl::Time, absl::Time>());
  if (!row) return std::nullopt;
  Customer customer;
  int64_t kind;
  int64_t parts;
  std::tie(customer.key, customer.id, customer.display_name, customer.given_name,
           customer.family_name, customer.company, kind, customer.language, customer.country,
           customer.country_set, customer.time_zone, customer.home_store, customer.birthday, parts,
           customer.version, customer.create_time, customer.update_time) = *std::move(row);
  customer.kind = static_cast<CustomerKind>(kind);
  ABSL_RETURN_IF_ERROR(parts::Load(db, parts, customer));
  return customer;
}

}  // namespace

absl::StatusOr<std::optional<CustomerRef>> FindById(Snapshot& db, absl::string_view id) {
  return First(
      db.Sql("SELECT key, id, home_store, country, country_set FROM customer WHERE id = ?", id));
}

absl::StatusOr<std::optional<CustomerRef>> FindByKey(Snapshot& db, int64_t key) {
  return First(
      db.Sql("SELECT key, id, home_store, country, country_set FROM customer WHERE key = ?", key));
}

absl::StatusOr<std::optional<CustomerRef>> FindByExternalId(Snapshot& db, absl::string_view system,
                                                            absl::string_view id) {
  return First(
      db.Sql("SELECT c.key, c.id, c.home_store, c.country, c.country_set FROM customer_external_id "
             "x JOIN customer c ON c.key = x.customer WHERE x.id = ? AND x.system = ?",
             id, system));
}

absl::StatusOr<std::optional<CustomerRef>> FindByEmail(Snapshot& db, absl::string_view address) {
  const absl::StatusOr<std::string> folded = FoldMailbox(address);
  if (!folded.ok()) return std::nullopt;
  return First(
      db.Sql("SELECT c.key, c.id, c.home_store, c.country, c.country_set FROM customer_email e "
             "JOIN customer c ON c.key = e.customer WHERE e.folded = ?",
             *folded));
}

absl::StatusOr<std::optional<FoundBeside>> FindByExternalIdBeside(Snapshot& db,
                                                                  absl::string_view system,
                                                                  absl::string_view id,
                                                                  absl::string_view email) {
  const absl::StatusOr<std::string> folded = FoldMailbox(email);
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT c.key, c.id, c.home_store, c.country, c.country_set, NOT EXISTS (SELECT 1 "
             "FROM customer_email e WHERE e.folded = ?) FROM customer_external_id x JOIN customer "
             "c ON c.key = x.customer WHERE x.id = ? AND x.system = ?",
             folded.value_or(""), id, system)
          .First<int64_t, std::string, std::string, std::string, bool, bool>());
  if (!row) return std::nullopt;
  FoundBeside found;
  CustomerRef& owner = found.owner;
  std::tie(owner.key, owner.id, owner.home_store, owner.country, owner.country_set_by_caller,
           found.email_free) = *std::move(row);
  // What is no address is nobody's, and cannot be given to anybody.
  found.email_free = found.email_free && folded.ok();
  return found;
}

absl::StatusOr<CustomerRef> CreateBare(Transaction& tx, const BareCustomer& bare) {
  Customer customer;
  if (!bare.external_id.empty()) customer.external_ids = {{bare.system, bare.external_id}};
  if (!bare.email.empty()) {
    const absl::StatusOr<std::string> folded = FoldMailbox(bare.email);
    if (!folded.ok()) {
      return FieldError("email", "INVALID_EMAIL", absl::string_view(folded.status().message()));
    }
    customer.emails = {{.address = bare.email, .folded = *folded, .primary = true}};
  }
  if (!bare.phone.empty()) customer.phones = {{.number = bare.phone, .primary = true}};
  customer.country = bare.country;
  customer.home_store = bare.home_store;
  customer.id = tx.NewId();
  customer.create_time = customer.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(Insert(tx, customer));
  return CustomerRef{customer.key, customer.id, customer.home_store, customer.country, false};
}

absl::StatusOr<bool> SetCountryFromOrders(Transaction& tx, int64_t key, absl::string_view country) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE customer SET country = ? WHERE key = ? AND country_set = 0 AND country <> ?",
             country, key, country)
          .Run());
  return tx.Changes() > 0;
}

absl::StatusOr<std::optional<Customer>> Load(Snapshot& db, absl::string_view id) {
  return LoadRow(
      db.Sql("SELECT key, id, display_name, given_name, family_name, company, kind, language, "
             "country, country_set, time_zone, home_store, birthday, parts, version, create_time, "
             "update_time FROM customer WHERE id = ?",
             id),
      db);
}

absl::StatusOr<std::optional<Customer>> LoadByKey(Snapshot& db, int64_t key) {
  return LoadRow(
      db.Sql("SELECT key, id, display_name, given_name, family_name, company, kind, language, "
             "country, country_set, time_zone, home_store, birthday, parts, version, create_time, "
             "update_time FROM customer WHERE key = ?",
             key),
      db);
}

absl::Status Insert(Transaction& tx, Customer& customer) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      // The next key, but for one that orders of a deleted customer still bear.
      tx.Sql("INSERT INTO customer (key, id, display_name, given_name, family_name, company, kind, "
             "language, country, country_set, time_zone, home_store, birthday, parts, version, "
             "create_time, update_time) VALUES ((SELECT MAX(customer) + 1 FROM departed_customer "
             "WHERE customer > COALESCE((SELECT MAX(key) FROM customer), 0)), "
             "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
             customer.id, customer.display_name, customer.given_name, customer.family_name,
             customer.company, static_cast<int64_t>(customer.kind), customer.language,
             customer.country, customer.country_set, customer.time_zone, customer.home_store,
             customer.birthday, parts::Of(customer), customer.version, customer.create_time,
             customer.update_time)
          .First<int64_t>());
  customer.key = key.value();  // RETURNING gives one row for each inserted.
  return parts::Write(tx, Customer(), customer);
}

absl::Status Update(Transaction& tx, const Customer& before, const Customer& after) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE customer SET display_name = ?, given_name = ?, family_name = ?, company = ?, "
             "kind = ?, language = ?, country = ?, country_set = ?, time_zone = ?, "
             "home_store = ?, birthday = ?, parts = ?, version = ?, update_time = ? WHERE key = ?",
             after.display_name, after.given_name, after.family_name, after.company,
             static_cast<int64_t>(after.kind), after.language, after.country, after.country_set,
             after.time_zone, after.home_store, after.birthday, parts::Of(after), after.version,
             after.update_time, after.key)
          .Run());
  return parts::Write(tx, before, after);
}

absl::Status Touch(Transaction& tx, int64_t key) {
  return tx
      .Sql("UPDATE customer SET version = version + 1, update_time = ? WHERE key = ?", tx.now(),
           key)
      .Run();
}

absl::Status Delete(Transaction& tx, const Customer& customer) {
  Customer nobody;
  nobody.key = customer.key;
  ABSL_RETURN_IF_ERROR(parts::Write(tx, customer, nobody));
  // Values of attributes that were deleted meanwhile are no longer in `customer`.
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM customer_attribute WHERE customer = ?", customer.key).Run());
  return tx.Sql("DELETE FROM customer WHERE key = ?", customer.key).Run();
}

}  // namespace regulars::customer::customers
