// A customer as the service works with it. Plain values; customer_rules.h says what they may be,
// customer_change.h how a change makes one into another.
#ifndef CUSTOMER_SVC_DOMAIN_CUSTOMER_H_
#define CUSTOMER_SVC_DOMAIN_CUSTOMER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace regulars::customer {

// Numbers are those of Customer.Kind, and stored. kUnspecified only comes in.
enum class CustomerKind : int64_t { kUnspecified = 0, kPerson = 1, kCompany = 2 };

struct Email {
  std::string address;  // As written.
  std::string folded;   // As compared; made by validation.
  std::string label;
  bool primary = false;
  bool verified = false;
  friend bool operator==(const Email&, const Email&) = default;
};

struct Phone {
  std::string number;  // E.164 once validated.
  std::string label;
  bool primary = false;
  bool verified = false;
  friend bool operator==(const Phone&, const Phone&) = default;
};

struct ExternalId {
  std::string system;
  std::string id;
  friend bool operator==(const ExternalId&, const ExternalId&) = default;
};

struct PostalAddress {
  std::string label;
  std::string recipient;
  std::vector<std::string> lines;
  std::string locality;
  std::string region;
  std::string postal_code;
  std::string country;
  bool primary = false;
  friend bool operator==(const PostalAddress&, const PostalAddress&) = default;
};

// Numbers are those of AttributeDefinition.Type, and stored. kUnspecified: a value that was not
// given, which in a change takes the attribute away.
enum class AttributeType : int64_t {
  kUnspecified = 0,
  kBool = 1,
  kInteger = 2,
  kDecimal = 3,
  kText = 4,
  kTime = 5,
  kEnum = 6,
};

struct AttributeValue {
  AttributeType type = AttributeType::kUnspecified;
  // Bool (0, 1), integer, decimal (millionths) and time (µs UTC).
  int64_t integer = 0;
  // Text and enum.
  std::string text;
  friend bool operator==(const AttributeValue&, const AttributeValue&) = default;
};

struct Customer {
  int64_t key = 0;
  std::string id;
  std::string display_name;  // "" if never set: see DisplayName().
  std::string given_name;
  std::string family_name;
  std::string company;
  CustomerKind kind = CustomerKind::kPerson;
  std::string language;
  std::string country;
  // Whether a caller or an import has set the country; if not, orders may.
  bool country_set = false;
  std::string time_zone;
  std::vector<Email> emails;
  std::vector<Phone> phones;
  std::vector<ExternalId> external_ids;
  std::vector<std::string> tags;
  std::map<std::string, AttributeValue> attributes;  // By the definition's id.
  std::string home_store;
  std::string birthday;
  std::vector<PostalAddress> addresses;
  absl::Time create_time;
  absl::Time update_time;
  int64_t version = 1;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CUSTOMER_H_
