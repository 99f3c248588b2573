#include "campaign-svc/domain/text_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"

namespace regulars::campaign {
namespace {

constexpr size_t kMaxSlugLength = 63;

absl::Status Check(absl::string_view field, absl::string_view text, size_t max_length,
                   bool controls) {
  if (controls || !IsValidUtf8(text)) {
    return FieldError(field, "INVALID_TEXT", "must be UTF-8 without control characters");
  }
  if (text.size() > max_length && CodePointCount(text) > max_length) {
    return FieldError(field, "FIELD_TOO_LONG",
                      absl::StrCat("must have at most ", max_length, " characters"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckText(absl::string_view field, absl::string_view text, size_t max_length) {
  return Check(field, text, max_length, HasControls(text));
}

absl::Status CheckProse(absl::string_view field, absl::string_view text, size_t max_length) {
  return Check(field, text, max_length, HasControlsInProse(text));
}

bool IsSlug(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxSlugLength && absl::ascii_islower(text.front()) &&
         text.back() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

std::string OneLine(absl::string_view text) {
  std::string line;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls and NEL are the two bytes C2 80 to C2 9F, the line separators E2 80 A8 and A9.
    const bool c1 =
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    const bool separator = byte == 0xe2 && (absl::StartsWith(text.substr(i), "\u2028") ||
                                            absl::StartsWith(text.substr(i), "\u2029"));
    if (c1) ++i;
    if (separator) i += 2;
    if (byte <= 0x20 || byte == 0x7f || c1 || separator) {
      if (!line.empty() && line.back() != ' ') line += ' ';
    } else {
      line += text[i];
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace regulars::campaign
