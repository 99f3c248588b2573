// How a change makes one state of a customer into another, and what differs between the two.
//
//   ABSL_ASSIGN_OR_RETURN(const CustomerMask mask, CustomerMask::Parse(paths));
//   Customer after = before;
//   Replace(input, mask, after);        // or Add(input, after)
//   ChangedFields(before, after)  →  {"tags", "attributes.shoe_size"}
//
// Pure.
#ifndef CUSTOMER_SVC_DOMAIN_CUSTOMER_CHANGE_H_
#define CUSTOMER_SVC_DOMAIN_CUSTOMER_CHANGE_H_

#include <bitset>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "customer-svc/domain/customer.h"
#include "customer-svc/domain/facts.h"

namespace regulars::customer {

// A set of fields of a customer that callers may write.
class CustomerMask {
 public:
  static constexpr size_t kFields = 16;

  // Paths of an update mask: names of fields, `attributes.<id>`, "*" for all. Those of fields that
  // only the service writes are ignored. INVALID_ARGUMENT with INVALID_UPDATE_MASK for others.
  static absl::StatusOr<CustomerMask> Parse(absl::Span<const std::string> paths);
  static CustomerMask All();
  // The fields that are set.
  static CustomerMask Of(const Customer& input);

  const std::bitset<kFields>& fields() const { return fields_; }
  // Those that a caller named one by one.
  const std::bitset<kFields>& named() const { return named_; }
  // Ids of attributes that are named one by one.
  const std::vector<std::string>& attributes() const { return attributes_; }

 private:
  std::bitset<kFields> fields_;
  std::bitset<kFields> named_;
  std::vector<std::string> attributes_;
};

// Takes away what `mask` does not name, so that nobody minds what it says; identifiers stay if
// `keep_identifiers`, for a customer is found by them. Attributes that are named without a value go
// too.
void Restrict(const CustomerMask& mask, bool keep_identifiers, Customer& input);

// The masked fields become those of `input`, lists whole. `input` has been prepared. A display name
// that only repeats what it would be anyway is not taken for one that was set, nor is a country
// that only repeats the latest order's, unless the mask names it: those who send back what they
// have read do not mean it.
void Replace(const Customer& input, const CustomerMask& mask, Customer& customer);

// Fields that are set become those of `input`; what is in its lists is added to the customer's, or
// adds what it says to the same thing there: an address becomes verified, never unverified.
void Add(const Customer& input, Customer& customer);

// The fields that differ, as events name them: attributes one by one.
std::vector<std::string> ChangedFields(const Customer& before, const Customer& after);

// The groups of facts that a change of these fields moves; the time of change is one of them.
FactGroups GroupsOf(absl::Span<const std::string> changed_fields);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CUSTOMER_CHANGE_H_
