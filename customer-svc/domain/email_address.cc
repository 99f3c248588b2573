#include "customer-svc/domain/email_address.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxLocalBytes = 64;
constexpr size_t kMaxDomainBytes = 253;
constexpr size_t kMaxLabelBytes = 63;

absl::Status Refuse(absl::string_view why) { return absl::InvalidArgumentError(why); }

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); });
}

// "atext" of RFC 5322, and what RFC 6531 adds to it.
bool IsAtomCharacter(char c) {
  return absl::ascii_isalnum(c) || !absl::ascii_isascii(c) ||
         absl::StrContains("!#$%&'*+-/=?^_`{|}~", c);
}

bool IsDotAtom(absl::string_view text) {
  bool after_dot = true;
  for (const char c : text) {
    if (c == '.' ? after_dot : !IsAtomCharacter(c)) return false;
    after_dot = c == '.';
  }
  return !after_dot;
}

// Spaces and characters that nobody sees come from careless copying, and would make a second
// mailbox that looks the same. Joiners belong to host names where IDNA lets them stand.
bool HasHiddenCharacter(absl::string_view text, bool joiners_may_be) {
  constexpr UChar32 kNonJoiner = 0x200C;
  constexpr UChar32 kJoiner = 0x200D;
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT_UNSAFE(text.data(), i, c);
    if (c < 0x80 || (joiners_may_be && (c == kNonJoiner || c == kJoiner))) continue;
    if (u_isUWhiteSpace(c) || u_iscntrl(c) ||
        u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
      return true;
    }
  }
  return false;
}

std::string FoldCase(absl::string_view text) {
  if (IsAscii(text)) return absl::AsciiStrToLower(text);
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  icu::UnicodeString folded =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  folded.foldCase();
  std::string result;
  nfc->normalize(folded, error).toUTF8String(result);
  CHECK(U_SUCCESS(error));  // The data is compiled in; the text was checked to be UTF-8.
  return result;
}

// Reads a quoted string up to its closing quote: what it says, and how long it is as written.
struct Quoted {
  std::string content;
  size_t length = 0;
};
absl::StatusOr<Quoted> ReadQuoted(absl::string_view text) {
  Quoted quoted;
  for (size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      quoted.length = i + 1;
      return quoted;
    }
    if (c == '\\') {
      if (++i == text.size()) break;
      c = text[i];
    }
    if (absl::ascii_iscntrl(c)) return Refuse("has a control character");
    quoted.content += c;
  }
  return Refuse("has a quote that is not closed");
}

std::string Quote(absl::string_view content) {
  std::string quoted = "\"";
  for (const char c : content) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// The domain as the DNS knows it, in lower case.
absl::StatusOr<std::string> ToDnsName(absl::string_view domain) {
  std::string ascii = absl::AsciiStrToLower(domain);
  if (IsAscii(domain) && !absl::StrContains(ascii, "xn--")) return ascii;
  static const icu::IDNA& idna = *[] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::IDNA* instance = icu::IDNA::createUTS46Instance(
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
            UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
        error);
    CHECK(U_SUCCESS(error));  // The data is compiled into ICU.
    return instance;
  }();
  std::string name;
  icu::StringByteSink<std::string> sink(&name);
  icu::IDNAInfo info;
  UErrorCode error = U_ZERO_ERROR;
  idna.nameToASCII_UTF8({domain.data(), static_cast<int32_t>(domain.size())}, sink, info, error);
  if (U_FAILURE(error) || info.hasErrors()) {
    return Refuse("has a domain that is no internationalised host name");
  }
  return name;
}

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-';
         });
}

absl::StatusOr<std::string> FoldDomain(absl::string_view domain) {
  if (domain.empty()) return Refuse("has nothing after the '@'");
  if (domain[0] == '[') return Refuse("names a host by its IP address");
  if (absl::StrContains(domain, '@')) return Refuse("has more than one '@'");
  ABSL_ASSIGN_OR_RETURN(std::string name, ToDnsName(domain));
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  const bool good = std::all_of(labels.begin(), labels.end(), IsLabel);
  if (!good || name.size() > kMaxDomainBytes) {
    return Refuse("has a domain that is no host name");
  }
  if (labels.size() < 2) return Refuse("has a domain without a dot");
  const absl::string_view top = labels.back();
  if (std::all_of(top.begin(), top.end(), [](char c) { return absl::ascii_isdigit(c); })) {
    return Refuse("has a domain that ends in a number");
  }
  return name;
}

}  // namespace

absl::StatusOr<std::string> FoldEmail(absl::string_view address) {
  if (address.empty()) return Refuse("is missing");
  if (address.size() > kMaxEmailBytes) return Refuse("is longer than 254 bytes");
  if (!IsValidUtf8(address)) return Refuse("is not UTF-8");
  std::string content;
  size_t local_size = address.find('@');
  if (address[0] == '"') {
    ABSL_ASSIGN_OR_RETURN(Quoted quoted, ReadQuoted(address));
    content = std::move(quoted.content);
    local_size = quoted.length;
    if (local_size == address.size() || address[local_size] != '@') {
      return Refuse("has no '@' after the quotes");
    }
    if (content.empty()) return Refuse("has nothing between the quotes");
  } else {
    if (local_size == absl::string_view::npos) return Refuse("has no '@'");
    content = std::string(address.substr(0, local_size));
    if (content.empty()) return Refuse("has nothing before the '@'");
    if (!IsDotAtom(content)) {
      return Refuse("has a character or a dot before the '@' that cannot stand there unquoted");
    }
  }
  if (local_size > kMaxLocalBytes) return Refuse("has more than 64 bytes before the '@'");
  const absl::string_view host = address.substr(local_size + 1);
  // IDNA would drop those of the host name silently, and the address be kept with them.
  if (HasHiddenCharacter(content, false) || HasHiddenCharacter(host, true)) {
    return Refuse("has an invisible character");
  }
  ABSL_ASSIGN_OR_RETURN(const std::string domain, FoldDomain(host));
  const std::string local = FoldCase(content);
  return absl::StrCat(IsDotAtom(local) ? local : Quote(local), "@", domain);
}

}  // namespace regulars::customer
