// Kinds of text that the interface speaks of. Pure.
#ifndef CUSTOMER_SVC_DOMAIN_TEXT_RULES_H_
#define CUSTOMER_SVC_DOMAIN_TEXT_RULES_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "chassis/base/faults.h"

namespace regulars::customer {

// Text that people read: UTF-8 of at most `max_length` code points, without control characters.
bool IsText(absl::string_view text, size_t max_length);
// The same for what may have several lines: tabs and line ends are allowed.
bool IsProse(absl::string_view text, size_t max_length);
// What is wrong with a text that is none of these, to stand behind the field's name: "holds a
// control character", "must be at most 64 characters".
std::string WhyNoText(absl::string_view text, size_t max_length);
std::string WhyNoProse(absl::string_view text, size_t max_length);
// Add a fault of `field` if it is not: FIELD_TOO_LONG or INVALID_TEXT.
void CheckText(absl::string_view field, absl::string_view text, size_t max_length, Faults& faults);
void CheckProse(absl::string_view field, absl::string_view text, size_t max_length, Faults& faults);

// The name of another system: 1 to 64 lower-case letters, digits, "-", "_", ".".
bool IsSystem(absl::string_view text);

// The id of a store, as orders use it: 1 to 64 letters, digits, "-", "_", ".".
bool IsStoreId(absl::string_view text);

// A tag: 1 to 64 letters, digits (of any script), "-", "_", ".", ":".
bool IsTag(absl::string_view text);

// The key of an attribute: [a-z][a-z0-9_]{0,62}.
bool IsAttributeId(absl::string_view text);

// An id that callers choose for what they save: [a-z]([a-z0-9-]{0,61}[a-z0-9])?
bool IsSlug(absl::string_view text);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_TEXT_RULES_H_
