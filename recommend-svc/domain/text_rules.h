// Kinds of text that the interface speaks of. Pure.
#ifndef RECOMMEND_SVC_DOMAIN_TEXT_RULES_H_
#define RECOMMEND_SVC_DOMAIN_TEXT_RULES_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace regulars::recommend {

inline constexpr size_t kMaxCodeLength = 100;

// Text that people read: UTF-8 of at most `max_length` code points, without control characters.
bool IsText(absl::string_view text, size_t max_length);

// An item code, as order lines have it: a text of 1 to 100 characters.
bool IsCode(absl::string_view text);

// A category: levels that are not empty, with "/" between, 1 to 200 characters in all.
bool IsCategory(absl::string_view text);

// A tag: 1 to 64 letters, digits (of any script), "-", "_", ".", ":".
bool IsTag(absl::string_view text);

// The key of an attribute: [a-z][a-z0-9_]{0,62}.
bool IsAttributeKey(absl::string_view text);

// An address in the web that a page may show as a link: http or https, a host, no spaces, at most
// 2,000 characters. Nothing else is asked of it: it is never called from here.
bool IsUrl(absl::string_view text);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_TEXT_RULES_H_
