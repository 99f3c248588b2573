#include "gateway/domain/email.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"

namespace regulars::gateway {
namespace {

// RFC 5321 §4.5.3.1, RFC 1035 §2.3.4.
constexpr size_t kMaxLocalBytes = 64;
constexpr size_t kMaxLabelBytes = 63;

// RFC 5322 §3.2.3.
bool IsAtomCharacter(char c) {
  return absl::ascii_isalnum(c) ||
         absl::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != absl::string_view::npos;
}

bool IsAtom(absl::string_view atom) {
  return !atom.empty() && std::all_of(atom.begin(), atom.end(), IsAtomCharacter);
}

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-';
         });
}

template <typename F>
bool AllParts(absl::string_view text, F is_part) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  return std::all_of(parts.begin(), parts.end(), is_part);
}

absl::string_view WhatIsWrong(absl::string_view email) {
  if (email.empty()) return "must not be empty";
  if (email.size() > kMaxEmailBytes) return "is longer than 254 bytes";
  const size_t at = email.rfind('@');
  if (at == absl::string_view::npos) return "has no '@'";
  const absl::string_view local = email.substr(0, at);
  if (local.size() > kMaxLocalBytes || !AllParts(local, IsAtom)) {
    return "has a part before the '@' that no mail address has";
  }
  if (!AllParts(email.substr(at + 1), IsLabel)) return "has no domain name behind the '@'";
  return "";
}

}  // namespace

absl::Status CheckEmail(absl::string_view field, absl::string_view email) {
  const absl::string_view wrong = WhatIsWrong(email);
  return wrong.empty() ? absl::OkStatus() : FieldError(field, "INVALID_EMAIL", wrong);
}

std::string EmailKey(absl::string_view email) { return absl::AsciiStrToLower(email); }

}  // namespace regulars::gateway
