#include "customer-svc/domain/text_rules.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/text.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxCodeLength = 64;
constexpr size_t kMaxSlugLength = 63;
constexpr size_t kMaxAttributeIdLength = 63;

bool IsMark(char c) { return c == '-' || c == '_' || c == '.'; }
bool IsLowerOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

// Letters, digits, and the marks that many scripts write letters with.
bool IsTagLetter(UChar32 c) {
  return u_isalnum(c) || (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
}

bool Fits(absl::string_view text, size_t max_length) {
  // Most texts have fewer bytes than they may have characters: those need no counting.
  return text.size() <= max_length || CodePointCount(text) <= max_length;
}

void AddFault(absl::string_view field, bool readable, size_t max_length, Faults& faults) {
  if (readable) {
    faults.Add(field, "FIELD_TOO_LONG",
               absl::StrCat("must have at most ", max_length, " characters"));
  } else {
    faults.Add(field, "INVALID_TEXT", "must be UTF-8 without control characters");
  }
}

std::string WhyUnfit(absl::string_view text, size_t max_length, bool has_controls,
                     absl::string_view controls) {
  if (!IsValidUtf8(text)) return "is not UTF-8";
  if (has_controls) return std::string(controls);
  return absl::StrCat("must be at most ", max_length, " characters");
}

}  // namespace

bool IsText(absl::string_view text, size_t max_length) {
  return !HasControls(text) && IsValidUtf8(text) && Fits(text, max_length);
}

bool IsProse(absl::string_view text, size_t max_length) {
  return !HasControlsInProse(text) && IsValidUtf8(text) && Fits(text, max_length);
}

std::string WhyNoText(absl::string_view text, size_t max_length) {
  return WhyUnfit(text, max_length, HasControls(text), "holds a control character");
}

std::string WhyNoProse(absl::string_view text, size_t max_length) {
  return WhyUnfit(text, max_length, HasControlsInProse(text),
                  "holds a control character other than tabs and line ends");
}

void CheckText(absl::string_view field, absl::string_view text, size_t max_length, Faults& faults) {
  const bool readable = !HasControls(text) && IsValidUtf8(text);
  if (!readable || !Fits(text, max_length)) AddFault(field, readable, max_length, faults);
}

void CheckProse(absl::string_view field, absl::string_view text, size_t max_length,
                Faults& faults) {
  const bool readable = !HasControlsInProse(text) && IsValidUtf8(text);
  if (!readable || !Fits(text, max_length)) AddFault(field, readable, max_length, faults);
}

bool IsSystem(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxCodeLength &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || IsMark(c); });
}

bool IsStoreId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxCodeLength &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isalnum(c) || IsMark(c); });
}

bool IsTag(absl::string_view text) {
  if (text.empty() || !IsText(text, kMaxCodeLength)) return false;
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT_UNSAFE(text.data(), i, c);
    const bool mark = c == '-' || c == '_' || c == '.' || c == ':';
    if (!mark && !IsTagLetter(c)) return false;
  }
  return true;
}

bool IsAttributeId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxAttributeIdLength && absl::ascii_islower(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '_'; });
}

bool IsSlug(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxSlugLength && absl::ascii_islower(text.front()) &&
         text.back() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return IsLowerOrDigit(c) || c == '-';
         });
}

}  // namespace regulars::customer
