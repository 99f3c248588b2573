#include "recommend-svc/domain/text_rules.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/base/text.h"

namespace regulars::recommend {
namespace {

constexpr size_t kMaxTagLength = 64;
constexpr size_t kMaxCategoryLength = 200;
constexpr size_t kMaxAttributeKeyLength = 63;
constexpr size_t kMaxUrlLength = 2000;

// Letters, digits, and the marks that many scripts write letters with.
bool IsTagLetter(UChar32 c) {
  return u_isalnum(c) || (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
}

// Removes "http://" or "https://", in any case.
bool ConsumeScheme(absl::string_view& text) {
  for (const absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(text, scheme)) continue;
    text.remove_prefix(scheme.size());
    return true;
  }
  return false;
}

}  // namespace

bool IsText(absl::string_view text, size_t max_length) {
  // Most texts have fewer bytes than they may have characters: those need no counting.
  return !HasControls(text) && IsValidUtf8(text) &&
         (text.size() <= max_length || CodePointCount(text) <= max_length);
}

bool IsCode(absl::string_view text) { return !text.empty() && IsText(text, kMaxCodeLength); }

bool IsCategory(absl::string_view text) {
  if (text.empty() || !IsText(text, kMaxCategoryLength)) return false;
  for (const absl::string_view level : absl::StrSplit(text, '/')) {
    if (level.empty()) return false;
  }
  return true;
}

bool IsTag(absl::string_view text) {
  if (text.empty() || !IsText(text, kMaxTagLength)) return false;
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT_UNSAFE(text.data(), i, c);
    const bool mark = c == '-' || c == '_' || c == '.' || c == ':';
    if (!mark && !IsTagLetter(c)) return false;
  }
  return true;
}

bool IsAttributeKey(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxAttributeKeyLength && absl::ascii_islower(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

bool IsUrl(absl::string_view text) {
  if (!IsText(text, kMaxUrlLength)) return false;
  absl::string_view rest = text;
  if (!ConsumeScheme(rest) || rest.empty() || rest[0] == '/' || rest[0] == '?' || rest[0] == '#') {
    return false;
  }
  return std::none_of(rest.begin(), rest.end(), [](char c) {
    return absl::ascii_isspace(c) || c == '"' || c == '<' || c == '>' || c == '\\';
  });
}

}  // namespace regulars::recommend
