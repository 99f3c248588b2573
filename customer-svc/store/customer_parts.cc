#include "customer-svc/store/customer_parts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "customer-svc/domain/search_words.h"
#include "customer-svc/store/attributes.h"
#include "customer-svc/store/customers.h"

namespace regulars::customer::parts {
namespace {

absl::Status LoadEmails(Snapshot& db, Customer& customer) {
  return db
      .Sql(
          "SELECT address, folded, label, is_primary, verified FROM customer_email "
          "WHERE customer = ? ORDER BY place",
          customer.key)
      .Each<std::string, std::string, std::string, bool, bool>(
          [&](std::string address, std::string folded, std::string label, bool primary,
              bool verified) {
            customer.emails.push_back(
                {std::move(address), std::move(folded), std::move(label), primary, verified});
          });
}

absl::Status LoadPhones(Snapshot& db, Customer& customer) {
  return db
      .Sql(
          "SELECT number, label, is_primary, verified FROM customer_phone "
          "WHERE customer = ? ORDER BY place",
          customer.key)
      .Each<std::string, std::string, bool, bool>(
          [&](std::string number, std::string label, bool primary, bool verified) {
            customer.phones.push_back({std::move(number), std::move(label), primary, verified});
          });
}

absl::Status LoadExternalIds(Snapshot& db, Customer& customer) {
  return db
      .Sql("SELECT system, id FROM customer_external_id WHERE customer = ? ORDER BY place",
           customer.key)
      .Each<std::string, std::string>([&](std::string system, std::string id) {
        customer.external_ids.push_back({std::move(system), std::move(id)});
      });
}

absl::Status LoadTags(Snapshot& db, Customer& customer) {
  return db.Sql("SELECT tag FROM customer_tag WHERE customer = ? ORDER BY place", customer.key)
      .Each<std::string>([&](std::string tag) { customer.tags.push_back(std::move(tag)); });
}

absl::Status LoadAddresses(Snapshot& db, Customer& customer) {
  return db
      .Sql(
          "SELECT label, recipient, lines, locality, region, postal_code, country, is_primary "
          "FROM customer_address WHERE customer = ? ORDER BY place",
          customer.key)
      .Each<std::string, std::string, std::string, std::string, std::string, std::string,
            std::string, bool>([&](std::string label, std::string recipient,
                                   const std::string& lines, std::string locality,
                                   std::string region, std::string postal_code, std::string country,
                                   bool primary) {
        PostalAddress& address = customer.addresses.emplace_back();
        address = {std::move(label),
                   std::move(recipient),
                   {},
                   std::move(locality),
                   std::move(region),
                   std::move(postal_code),
                   std::move(country),
                   primary};
        if (!lines.empty()) address.lines = absl::StrSplit(lines, '\n');
      });
}

// The error of an identifier that is another's. Those who may not see that customer do not learn
// which it is.
absl::Status Taken(Transaction& tx, absl::string_view field,
                   const absl::StatusOr<std::optional<customers::CustomerRef>>& found) {
  ABSL_RETURN_IF_ERROR(found.status());
  ErrorDetails details = {.reason = "IDENTIFIER_TAKEN",
                          .violations = {{std::string(field), "belongs to another customer"}}};
  if (*found && auth::MaySee(tx.caller(), (*found)->home_store)) {
    details.metadata.emplace_back("customer", absl::StrCat("customers/", (*found)->id));
  }
  return Error(absl::StatusCode::kAlreadyExists,
               absl::StrCat(field, " belongs to another customer"), details);
}

absl::Status Clear(Transaction& tx, absl::string_view table, int64_t customer) {
  return tx.Sql(absl::StrCat("DELETE FROM ", table, " WHERE customer = ?"), customer).Run();
}

absl::Status WriteEmails(Transaction& tx, const Customer& customer) {
  for (size_t i = 0; i < customer.emails.size(); ++i) {
    const Email& email = customer.emails[i];
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO customer_email (customer, place, address, folded, label, is_primary, "
               "verified) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
               customer.key, static_cast<int64_t>(i), email.address, email.folded, email.label,
               email.primary, email.verified)
            .Run());
    if (tx.Changes() == 0) {
      return Taken(tx, absl::StrCat("emails[", i, "].address"),
                   customers::FindByEmail(tx, email.address));
    }
  }
  return absl::OkStatus();
}

absl::Status WriteExternalIds(Transaction& tx, const Customer& customer) {
  for (size_t i = 0; i < customer.external_ids.size(); ++i) {
    const ExternalId& id = customer.external_ids[i];
    ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO customer_external_id (customer, place, system, id) "
                                "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                                customer.key, static_cast<int64_t>(i), id.system, id.id)
                             .Run());
    if (tx.Changes() == 0) {
      return Taken(tx, absl::StrCat("external_ids[", i, "]"),
                   customers::FindByExternalId(tx, id.system, id.id));
    }
  }
  return absl::OkStatus();
}

absl::Status WritePhones(Transaction& tx, const Customer& customer) {
  for (size_t i = 0; i < customer.phones.size(); ++i) {
    const Phone& phone = customer.phones[i];
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO customer_phone (customer, place, number, label, is_primary, verified) "
               "VALUES (?, ?, ?, ?, ?, ?)",
               customer.key, static_cast<int64_t>(i), phone.number, phone.label, phone.primary,
               phone.verified)
            .Run());
  }
  return absl::OkStatus();
}

absl::Status WriteTags(Transaction& tx, const Customer& customer) {
  for (size_t i = 0; i < customer.tags.size(); ++i) {
    ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO customer_tag (customer, tag, place) VALUES (?, ?, ?)",
                                customer.key, customer.tags[i], static_cast<int64_t>(i))
                             .Run());
  }
  return absl::OkStatus();
}

absl::Status WriteAddresses(Transaction& tx, const Customer& customer) {
  for (size_t i = 0; i < customer.addresses.size(); ++i) {
    const PostalAddress& address = customer.addresses[i];
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO customer_address (customer, place, label, recipient, lines, locality, "
               "region, postal_code, country, is_primary) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               customer.key, static_cast<int64_t>(i), address.label, address.recipient,
               absl::StrJoin(address.lines, "\n"), address.locality, address.region,
               address.postal_code, address.country, address.primary)
            .Run());
  }
  return absl::OkStatus();
}

absl::Status WriteNames(Transaction& tx, const Customer& before, const Customer& after) {
  const std::vector<std::string> old_entries = NameEntries(before);
  const std::vector<std::string> new_entries = NameEntries(after);
  const auto holds = [](const std::vector<std::string>& entries, const std::string& entry) {
    return std::find(entries.begin(), entries.end(), entry) != entries.end();
  };
  for (const std::string& entry : old_entries) {
    if (holds(new_entries, entry)) continue;
    ABSL_RETURN_IF_ERROR(
        tx.Sql("DELETE FROM customer_name WHERE words = ? AND customer = ?", entry, after.key)
            .Run());
  }
  for (const std::string& entry : new_entries) {
    if (holds(old_entries, entry)) continue;
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO customer_name (words, customer) VALUES (?, ?)", entry, after.key)
            .Run());
  }
  return absl::OkStatus();
}

// Writes a list anew if it differs: what stays in it keeps its place only by chance.
template <typename T>
absl::Status Rewrite(Transaction& tx, absl::string_view table, const Customer& before,
                     const Customer& after, std::vector<T> Customer::*list,
                     absl::Status (*write)(Transaction&, const Customer&)) {
  if (before.*list == after.*list) return absl::OkStatus();
  if (!(before.*list).empty()) ABSL_RETURN_IF_ERROR(Clear(tx, table, after.key));
  return write(tx, after);
}

}  // namespace

int64_t Of(const Customer& customer) {
  return (customer.emails.empty() ? 0 : kEmails) | (customer.phones.empty() ? 0 : kPhones) |
         (customer.external_ids.empty() ? 0 : kExternalIds) | (customer.tags.empty() ? 0 : kTags) |
         (customer.attributes.empty() ? 0 : kAttributes) |
         (customer.addresses.empty() ? 0 : kAddresses);
}

absl::Status Load(Snapshot& db, int64_t parts, Customer& customer) {
  if ((parts & kEmails) != 0) ABSL_RETURN_IF_ERROR(LoadEmails(db, customer));
  if ((parts & kPhones) != 0) ABSL_RETURN_IF_ERROR(LoadPhones(db, customer));
  if ((parts & kExternalIds) != 0) ABSL_RETURN_IF_ERROR(LoadExternalIds(db, customer));
  if ((parts & kTags) != 0) ABSL_RETURN_IF_ERROR(LoadTags(db, customer));
  if ((parts & kAttributes) != 0) {
    ABSL_ASSIGN_OR_RETURN(customer.attributes, attributes::LoadValues(db, customer.key));
  }
  if ((parts & kAddresses) != 0) ABSL_RETURN_IF_ERROR(LoadAddresses(db, customer));
  return absl::OkStatus();
}

absl::Status Write(Transaction& tx, const Customer& before, const Customer& after) {
  ABSL_RETURN_IF_ERROR(
      Rewrite(tx, "customer_email", before, after, &Customer::emails, WriteEmails));
  ABSL_RETURN_IF_ERROR(Rewrite(tx, "customer_external_id", before, after, &Customer::external_ids,
                               WriteExternalIds));
  ABSL_RETURN_IF_ERROR(
      Rewrite(tx, "customer_phone", before, after, &Customer::phones, WritePhones));
  ABSL_RETURN_IF_ERROR(Rewrite(tx, "customer_tag", before, after, &Customer::tags, WriteTags));
  ABSL_RETURN_IF_ERROR(
      Rewrite(tx, "customer_address", before, after, &Customer::addresses, WriteAddresses));
  ABSL_RETURN_IF_ERROR(attributes::WriteValues(tx, after.key, before.attributes, after.attributes));
  return WriteNames(tx, before, after);
}

}  // namespace regulars::customer::parts
