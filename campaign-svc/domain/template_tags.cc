#include "campaign-svc/domain/template_tags.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars::campaign {
namespace {

constexpr size_t kMaxNameBytes = 200;

absl::Status Fault(int line, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

// "a", "a.b_c", and "." for what a list's section stands on.
bool IsName(absl::string_view name) {
  if (name == ".") return true;
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '.');
  return std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
    return !part.empty() && !absl::ascii_isdigit(part[0]) &&
           std::all_of(part.begin(), part.end(),
                       [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; });
  });
}

absl::StatusOr<Tag> ReadTag(absl::string_view inside, bool triple, int line) {
  Tag tag{.kind = triple ? Tag::kUnescaped : Tag::kValue, .line = line};
  if (!triple && !inside.empty()) {
    switch (inside[0]) {
      case '!':
        return Tag{.kind = Tag::kComment, .line = line};
      case '>':
        return Fault(line, "partials ('{{>') are not supported");
      case '=':
        return Fault(line, "the delimiters cannot be changed");
      case '#':
        tag.kind = Tag::kSection;
        break;
      case '^':
        tag.kind = Tag::kInverted;
        break;
      case '/':
        tag.kind = Tag::kEnd;
        break;
      case '&':
        tag.kind = Tag::kUnescaped;
        break;
      default:
        break;
    }
    if (tag.kind != Tag::kValue) inside.remove_prefix(1);
  }
  tag.name = std::string(absl::StripAsciiWhitespace(inside));
  if (!IsName(tag.name)) {
    return Fault(line, absl::StrCat("'", EscapeForLog(tag.name, 60), "' is no name"));
  }
  return tag;
}

}  // namespace

absl::StatusOr<std::vector<Tag>> ReadTags(absl::string_view text) {
  std::vector<Tag> tags;
  int line = 1;
  for (size_t at = 0;;) {
    const size_t begin = text.find("{{", at);
    line += static_cast<int>(
        std::count(text.begin() + at,
                   begin == absl::string_view::npos ? text.end() : text.begin() + begin, '\n'));
    if (begin == absl::string_view::npos) return tags;
    const bool triple = absl::StartsWith(text.substr(begin), "{{{");
    const absl::string_view close = triple ? "}}}" : "}}";
    const size_t inside = begin + close.size();
    const size_t end = text.find(close, inside);
    if (end == absl::string_view::npos) {
      return Fault(line, absl::StrCat("'", triple ? "{{{" : "{{", "' is not closed"));
    }
    ABSL_ASSIGN_OR_RETURN(Tag tag, ReadTag(text.substr(inside, end - inside), triple, line));
    if (tags.size() == kMaxTags)
      return Fault(line, absl::StrCat("has more than ", kMaxTags, " tags"));
    at = end + close.size();
    tag.begin = begin;
    tag.end = at;
    tags.push_back(std::move(tag));
    line += static_cast<int>(std::count(text.begin() + begin, text.begin() + at, '\n'));
  }
}

}  // namespace regulars::campaign
