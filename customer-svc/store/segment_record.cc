#include "customer-svc/store/segment_record.h"

#include <string>
#include <utility>

#include "chassis/base/status_macros.h"
#include "customer-svc/domain/company_day.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/store/behaviour.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/store/purchases.h"
#include "customer-svc/store/rfm.h"

namespace regulars::customer {
namespace {

// Bits of customer.parts: which tables hold rows of the customer.
constexpr int64_t kHasEmails = 1;
constexpr int64_t kHasPhones = 2;
constexpr int64_t kHasExternalIds = 4;
constexpr int64_t kHasTags = 8;
constexpr int64_t kHasAttributes = 16;
constexpr int64_t kHasAddresses = 32;

// What a customer's row tells besides the customer itself.
struct RowHead {
  int64_t parts = 0;
  // What its events hang on; unset if there are none.
  std::optional<int64_t> visitor;
};

// The customer's own row; nullopt if there is none.
absl::StatusOr<std::optional<RowHead>> LoadRow(Snapshot& db, int64_t key, Customer& customer) {
  std::optional<RowHead> head;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT id, display_name, given_name, family_name, company, kind, language, country, "
             "time_zone, home_store, birthday, parts, create_time, update_time, visitor "
             "FROM customer WHERE key = ?",
             key)
          .Each<std::string, std::string, std::string, std::string, std::string, int64_t,
                std::string, std::string, std::string, std::string, std::string, int64_t,
                absl::Time, absl::Time, std::optional<int64_t>>(
              [&](std::string id, std::string display, std::string given, std::string family,
                  std::string company, int64_t kind, std::string language, std::string country,
                  std::string zone, std::string store, std::string birthday, int64_t has,
                  absl::Time created, absl::Time updated, std::optional<int64_t> visitor) {
                customer.key = key;
                customer.id = std::move(id);
                customer.display_name = std::move(display);
                customer.given_name = std::move(given);
                customer.family_name = std::move(family);
                customer.company = std::move(company);
                customer.kind = static_cast<CustomerKind>(kind);
                customer.language = std::move(language);
                customer.country = std::move(country);
                customer.time_zone = std::move(zone);
                customer.home_store = std::move(store);
                customer.birthday = std::move(birthday);
                customer.create_time = created;
                customer.update_time = updated;
                head = RowHead{has, visitor};
              }));
  return head;
}

absl::Status LoadIdentifiers(Snapshot& db, int64_t parts, Customer& customer) {
  if (parts & kHasEmails) {
    ABSL_RETURN_IF_ERROR(
        db.Sql("SELECT folded FROM customer_email WHERE customer = ?", customer.key)
            .Each<std::string>([&](std::string folded) {
              customer.emails.push_back({.folded = std::move(folded)});
            }));
  }
  if (parts & kHasPhones) {
    ABSL_RETURN_IF_ERROR(
        db.Sql("SELECT number FROM customer_phone WHERE customer = ?", customer.key)
            .Each<std::string>([&](std::string number) {
              customer.phones.push_back({.number = std::move(number)});
            }));
  }
  if (parts & kHasExternalIds) {
    ABSL_RETURN_IF_ERROR(
        db.Sql("SELECT system, id FROM customer_external_id WHERE customer = ?", customer.key)
            .Each<std::string, std::string>([&](std::string system, std::string id) {
              customer.external_ids.push_back({std::move(system), std::move(id)});
            }));
  }
  return absl::OkStatus();
}

absl::Status LoadAddresses(Snapshot& db, Customer& customer) {
  return db
      .Sql(
          "SELECT country, region, locality, postal_code FROM customer_address "
          "WHERE customer = ?",
          customer.key)
      .Each<std::string, std::string, std::string, std::string>(
          [&](std::string country, std::string region, std::string locality, std::string code) {
            customer.addresses.push_back({.locality = std::move(locality),
                                          .region = std::move(region),
                                          .postal_code = std::move(code),
                                          .country = std::move(country)});
          });
}

absl::Status LoadTags(Snapshot& db, Customer& customer) {
  return db.Sql("SELECT tag FROM customer_tag WHERE customer = ?", customer.key)
      .Each<std::string>([&](std::string tag) { customer.tags.push_back(std::move(tag)); });
}

absl::Status LoadAttributes(Snapshot& db, Customer& customer) {
  return db
      .Sql(
          "SELECT d.id, d.type, v.integer, v.text FROM customer_attribute v "
          "JOIN attribute_definition d ON d.key = v.definition WHERE v.customer = ?",
          customer.key)
      .Each<std::string, int64_t, std::optional<int64_t>, std::optional<std::string>>(
          [&](std::string id, int64_t type, std::optional<int64_t> integer,
              std::optional<std::string> text) {
            customer.attributes[std::move(id)] = {static_cast<AttributeType>(type),
                                                  integer.value_or(0),
                                                  std::move(text).value_or("")};
          });
}

// Days later than those of the longest window stay in: their time will come.
absl::Status LoadDays(Snapshot& db, int64_t first_day, CustomerFacts& facts) {
  return db
      .Sql(
          "SELECT day, order_count, return_count, sales_micros, returned_micros, "
          "units_sold_micros, units_returned_micros FROM purchase_day "
          "WHERE customer = ? AND day >= ? ORDER BY day",
          facts.customer.key, first_day)
      .Each<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>(
          [&](int64_t day, int64_t orders, int64_t returns, int64_t sales, int64_t returned,
              int64_t sold, int64_t back) {
            facts.days.push_back({day, {orders, returns, sales, returned, sold, back}});
          });
}

absl::Status LoadEvents(Snapshot& db, int64_t visitor, const FactNeeds& needs, int64_t today,
                        CustomerFacts& facts) {
  for (const auto& [name, days] : needs.event_days) {
    ABSL_ASSIGN_OR_RETURN(facts.events[name],
                          behaviour::LoadDays(db, visitor, name, today - days + 1));
  }
  return absl::OkStatus();
}

absl::Status LoadCustomerParts(Snapshot& db, FactGroups groups, int64_t parts, Customer& customer) {
  if (groups & kIdentifierFacts) ABSL_RETURN_IF_ERROR(LoadIdentifiers(db, parts, customer));
  if ((groups & kProfileFacts) && (parts & kHasAddresses)) {
    ABSL_RETURN_IF_ERROR(LoadAddresses(db, customer));
  }
  if ((groups & kTagFacts) && (parts & kHasTags)) ABSL_RETURN_IF_ERROR(LoadTags(db, customer));
  if ((groups & kAttributeFacts) && (parts & kHasAttributes)) {
    ABSL_RETURN_IF_ERROR(LoadAttributes(db, customer));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<CustomerFacts>> LoadFacts(Snapshot& db, int64_t customer_key,
                                                       const FactNeeds& needs,
                                                       absl::TimeZone zone) {
  CustomerFacts facts;
  ABSL_ASSIGN_OR_RETURN(const auto head, LoadRow(db, customer_key, facts.customer));
  if (!head) return std::optional<CustomerFacts>();
  ABSL_RETURN_IF_ERROR(LoadCustomerParts(db, needs.groups, head->parts, facts.customer));
  if (needs.groups & kPurchaseFacts) {
    ABSL_ASSIGN_OR_RETURN(facts.purchases, purchases::Load(db, customer_key));
  }
  const int64_t today = ToDayNumber(Today(db.now(), zone));
  if (head->visitor) {
    ABSL_RETURN_IF_ERROR(LoadEvents(db, *head->visitor, needs, today, facts));
  }
  if (needs.window_days > 0) {
    ABSL_RETURN_IF_ERROR(LoadDays(db, today - needs.window_days + 1, facts));
  }
  if (needs.groups & kLoyaltyFacts) {
    ABSL_ASSIGN_OR_RETURN(facts.loyalty, followed::LoadLoyalty(db, customer_key));
  }
  if (needs.groups & kEngagementFacts) {
    ABSL_ASSIGN_OR_RETURN(facts.engagement, followed::LoadEngagement(db, customer_key));
  }
  if (needs.groups & kScoreFacts) {
    ABSL_ASSIGN_OR_RETURN(auto score, rfm::Load(db, customer_key));
    if (score) facts.score = score->score;
  }
  return std::optional<CustomerFacts>(std::move(facts));
}

}  // namespace regulars::customer
