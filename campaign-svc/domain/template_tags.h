// The tags of a mustache text, one after the other.
//
//   ABSL_ASSIGN_OR_RETURN(const std::vector<Tag> tags, ReadTags("Dear {{name}}"));
//
// Pure.
#ifndef CAMPAIGN_SVC_DOMAIN_TEMPLATE_TAGS_H_
#define CAMPAIGN_SVC_DOMAIN_TEMPLATE_TAGS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::campaign {

struct Tag {
  enum Kind { kValue, kUnescaped, kSection, kInverted, kEnd, kComment };
  Kind kind = kValue;
  std::string name;
  // Where it stands, from 1.
  int line = 1;
  // Its first byte, and the one behind it.
  size_t begin = 0;
  size_t end = 0;
};

// Most tags in one text.
inline constexpr size_t kMaxTags = 10'000;

// INVALID_ARGUMENT, with a message that begins with the line, for a tag that is not closed, has no
// proper name, or is a partial or a change of delimiters.
absl::StatusOr<std::vector<Tag>> ReadTags(absl::string_view text);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_TEMPLATE_TAGS_H_
