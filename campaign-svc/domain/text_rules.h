// Kinds of text that the interface speaks of. Pure.
#ifndef CAMPAIGN_SVC_DOMAIN_TEXT_RULES_H_
#define CAMPAIGN_SVC_DOMAIN_TEXT_RULES_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::campaign {

// Text in one line: UTF-8 of at most `max_length` code points, without control characters.
// FIELD_TOO_LONG or INVALID_TEXT of `field` if it is not.
absl::Status CheckText(absl::string_view field, absl::string_view text, size_t max_length);
// The same for what may have several lines: tabs and line ends are allowed.
absl::Status CheckProse(absl::string_view field, absl::string_view text, size_t max_length);

// An id that callers choose, a topic: [a-z]([a-z0-9-]{0,61}[a-z0-9])?
bool IsSlug(absl::string_view text);

// `text` in one line: each run of white space and control characters is one space, none at the
// ends. What a value brings into a subject or a name can then start no new header.
std::string OneLine(absl::string_view text);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_TEXT_RULES_H_
