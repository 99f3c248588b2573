// Attribute definitions, and customers' values of them. How many customers have a value is counted
// along, so that nothing is searched to know whether one may go.
#ifndef CUSTOMER_SVC_STORE_ATTRIBUTES_H_
#define CUSTOMER_SVC_STORE_ATTRIBUTES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/attribute.h"

namespace regulars::customer::attributes {

// By the definition's id.
using Values = std::map<std::string, AttributeValue>;

// All of them: at most kMaxDefinitions.
absl::StatusOr<AttributeDefinitions> LoadDefinitions(Snapshot& db);
// Adds those that `values` names and `known` lacks; undeclared ones stay away.
absl::Status LoadNamed(Snapshot& db, const Values& values, AttributeDefinitions& known);
absl::StatusOr<std::optional<AttributeDefinition>> FindDefinition(Snapshot& db,
                                                                  absl::string_view id);

// Stores a new definition and gives it its key.
absl::Status InsertDefinition(Transaction& tx, AttributeDefinition& definition);
// Writes its texts and enum values; type and id stay.
absl::Status UpdateDefinition(Transaction& tx, const AttributeDefinition& definition);
// Takes the definition away. Values of it are hidden at once; PurgeValues clears them up.
absl::Status DeleteDefinition(Transaction& tx, const AttributeDefinition& definition);

// Customers that have a value of it.
absl::StatusOr<int64_t> CountCustomers(Snapshot& db, const AttributeDefinition& definition);
// Whether a customer has a value of a TIME attribute.
absl::StatusOr<bool> AnyTime(Snapshot& db);
// The first of `values` that a customer has.
absl::StatusOr<std::optional<std::string>> FindUsedEnumValue(
    Snapshot& db, const AttributeDefinition& definition, const std::vector<std::string>& values);

absl::StatusOr<Values> LoadValues(Snapshot& db, int64_t customer);
// Writes what differs.
absl::Status WriteValues(Transaction& tx, int64_t customer, const Values& before,
                         const Values& after);

// Deletes values of a definition that is gone, of the next `limit` customers after `cursor` (keys);
// the customers who had one, and whether these were the last.
struct Purged {
  std::vector<int64_t> customers;
  int64_t cursor = 0;
  bool done = false;
};
absl::StatusOr<Purged> PurgeValues(Transaction& tx, int64_t definition, int64_t cursor,
                                   int64_t limit);

}  // namespace regulars::customer::attributes

#endif  // CUSTOMER_SVC_STORE_ATTRIBUTES_H_
