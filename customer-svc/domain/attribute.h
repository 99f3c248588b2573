// Declarations of custom attributes, and which values they allow. Pure.
#ifndef CUSTOMER_SVC_DOMAIN_ATTRIBUTE_H_
#define CUSTOMER_SVC_DOMAIN_ATTRIBUTE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/base/faults.h"
#include "customer-svc/domain/customer.h"

namespace regulars::customer {

// Definitions that may be declared at once.
inline constexpr size_t kMaxDefinitions = 200;

struct AttributeDefinition {
  int64_t key = 0;
  std::string id;
  std::string display_name;
  std::string description;
  AttributeType type = AttributeType::kUnspecified;
  std::vector<std::string> enum_values;  // In the order declared.
  int64_t version = 1;
  absl::Time create_time;
  absl::Time update_time;
};

// All that are declared, by id.
using AttributeDefinitions = std::map<std::string, AttributeDefinition, std::less<>>;

// What a declaration may say. Paths start at the definition. Reasons: FIELD_TOO_LONG, INVALID_TEXT,
// INVALID_TYPE, INVALID_ENUM_VALUES.
absl::Status CheckDefinition(const AttributeDefinition& definition);

// Adds a fault of `field` if the definition does not allow the value: ATTRIBUTE_TYPE,
// ATTRIBUTE_VALUE.
void CheckValue(const AttributeDefinition& definition, const AttributeValue& value,
                absl::string_view field, Faults& faults);

// "TYPE_BOOL", as the interface calls it.
absl::string_view TypeName(AttributeType type);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_ATTRIBUTE_H_
