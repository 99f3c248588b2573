#include "chassis/base/mailbox.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars {
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

// How long the quoted string is that `text` begins with, its quotes included.
absl::StatusOr<size_t> QuotedSize(absl::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (i == 1) return Refuse("has nothing between the quotes");
      return i + 1;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    if (absl::ascii_iscntrl(text[i])) return Refuse("has a control character");
  }
  return Refuse("has a quote that is not closed");
}

// How many bytes of an address stand before its '@'.
absl::StatusOr<size_t> LocalSize(absl::string_view address) {
  if (address[0] == '"') {
    ABSL_ASSIGN_OR_RETURN(const size_t size, QuotedSize(address));
    if (size == address.size() || address[size] != '@') {
      return Refuse("has no '@' after the quotes");
    }
    return size;
  }
  const size_t at = address.find('@');
  if (at == absl::string_view::npos) return Refuse("has no '@'");
  if (at == 0) return Refuse("has nothing before the '@'");
  if (!IsDotAtom(address.substr(0, at))) {
    return Refuse("has a character or a dot before the '@' that cannot stand there unquoted");
  }
  return at;
}

// What a local part says.
std::string Unquote(absl::string_view local) {
  if (local.empty() || local.front() != '"') return std::string(local);
  std::string content;
  for (size_t i = 1; i + 1 < local.size(); ++i) {
    if (local[i] == '\\') ++i;
    content += local[i];
  }
  return content;
}

std::string Quote(absl::string_view content) {
  std::string quoted = "\"";
  for (const char c : content) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
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

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-';
         });
}

// The domain in A-labels (UTS 46), in lower case. One that is ASCII is what the DNS has, whatever
// IDNA thinks of its hyphens.
absl::StatusOr<std::string> ToDnsName(absl::string_view domain) {
  std::string ascii = absl::AsciiStrToLower(domain);
  if (IsAscii(ascii) && !absl::StrContains(ascii, "xn--")) return ascii;
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

bool IsNumber(absl::string_view label) {
  return std::all_of(label.begin(), label.end(), [](char c) { return absl::ascii_isdigit(c); });
}

absl::StatusOr<std::string> ParseDomain(absl::string_view domain) {
  if (domain.empty()) return Refuse("has nothing after the '@'");
  if (domain[0] == '[') return Refuse("names a host by its IP address");
  if (absl::StrContains(domain, '@')) return Refuse("has more than one '@'");
  ABSL_ASSIGN_OR_RETURN(std::string name, ToDnsName(domain));
  if (IsHostName(name)) {
    if (!absl::StrContains(name, '.')) return Refuse("has a domain without a dot");
    return name;
  }
  const absl::string_view top = absl::string_view(name).substr(name.rfind('.') + 1);
  if (!top.empty() && IsNumber(top)) return Refuse("has a domain that ends in a number");
  return Refuse("has a domain that is no host name");
}

}  // namespace

bool IsHostName(absl::string_view name) {
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  return name.size() <= kMaxDomainBytes && std::all_of(labels.begin(), labels.end(), IsLabel) &&
         !IsNumber(labels.back());
}

std::string Mailbox::folded() const {
  const std::string content = FoldCase(Unquote(local));
  return absl::StrCat(IsDotAtom(content) ? content : Quote(content), "@", domain);
}

absl::StatusOr<Mailbox> ParseMailbox(absl::string_view address) {
  if (address.empty()) return Refuse("is missing");
  if (address.size() > kMaxMailboxBytes) return Refuse("is longer than 254 bytes");
  if (!IsValidUtf8(address)) return Refuse("is not UTF-8");
  ABSL_ASSIGN_OR_RETURN(const size_t local_size, LocalSize(address));
  if (local_size > kMaxLocalBytes) return Refuse("has more than 64 bytes before the '@'");
  const absl::string_view local = address.substr(0, local_size);
  const absl::string_view host = address.substr(local_size + 1);
  // IDNA would drop those of the host name silently, and the address be kept with them.
  if (HasHiddenCharacter(local, false) || HasHiddenCharacter(host, true)) {
    return Refuse("has an invisible character");
  }
  ABSL_ASSIGN_OR_RETURN(std::string domain, ParseDomain(host));
  return Mailbox{std::string(local), std::move(domain)};
}

absl::StatusOr<std::string> FoldMailbox(absl::string_view address) {
  ABSL_ASSIGN_OR_RETURN(const Mailbox mailbox, ParseMailbox(address));
  return mailbox.folded();
}

}  // namespace regulars
