// The flags that say what a customer is, for create and update.
#ifndef CLI_CUSTOMER_FIELDS_H_
#define CLI_CUSTOMER_FIELDS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/command.h"

namespace regulars::cli {

struct CustomerFlags {
  // By the API's name of the field: "displayName".
  std::vector<std::pair<std::string, Flag<std::string>>> texts;
  Flag<std::vector<std::string>> emails;
  Flag<std::vector<std::string>> phones;
  Flag<std::vector<std::string>> external_ids;
  Flag<std::vector<std::string>> tags;
  Flag<std::vector<std::string>> attributes;
};

// `prefix`: the request's field that holds the customer, for error texts.
CustomerFlags AddCustomerFlags(const Command& command, const std::string& prefix);

struct CustomerChange {
  Json customer = Json::object();
  std::vector<std::string> mask;  // The fields that are set.
};

// What file (if any) and flags say. Attributes are written in their declared types, which are asked
// for.
absl::StatusOr<CustomerChange> ReadCustomerFlags(Client& client, const CustomerFlags& flags,
                                                 const std::string& file);

// "home_store" → "homeStore": how field masks are written in JSON, attributes' keys included.
std::string CamelCase(const std::string& snake);

// "a=b" → ("a", "b"). INVALID_ARGUMENT (USAGE) names `flag`.
absl::StatusOr<std::pair<std::string, std::string>> SplitPair(const std::string& flag,
                                                              const std::string& text);

// "true" of type TYPE_BOOL → {"boolValue": true}. INVALID_ARGUMENT (USAGE) for what does not fit.
absl::StatusOr<Json> MakeAttribute(const std::string& key, const std::string& type,
                                   const std::string& text);
// The value alone, for people.
std::string FormatAttribute(const Json& value, absl::TimeZone zone);

}  // namespace regulars::cli

#endif  // CLI_CUSTOMER_FIELDS_H_
