#include "chassis/base/text.h"

#include <algorithm>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "chassis/base/check.h"

namespace regulars {
namespace {

// How many bytes at the beginning of `text` are ASCII, eight at a time.
size_t AsciiPrefix(absl::string_view text) {
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= text.size(); i += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    if ((word & 0x8080'8080'8080'8080) != 0) break;
  }
  while (i < text.size() && absl::ascii_isascii(text[i])) ++i;
  return i;
}

// The length of the code point at the beginning of `text`, which must not be empty; 0 if it is
// malformed (Unicode table 3-7).
size_t CodePointLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](size_t i, unsigned char low, unsigned char high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool second = continues(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    return second && continues(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool second = continues(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    return second && continues(2, 0x80, 0xBF) && continues(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Collects words with one space between them and none around.
class SpaceCollapser {
 public:
  void Space() { pending_ = !out_.empty(); }
  void Append(absl::string_view word) {
    if (pending_) out_ += ' ';
    pending_ = false;
    out_.append(word.data(), word.size());
  }
  std::string Take() { return std::move(out_); }
  void Reserve(size_t bytes) { out_.reserve(bytes); }

 private:
  std::string out_;
  bool pending_ = false;
};

std::string FoldAscii(absl::string_view text) {
  SpaceCollapser out;
  out.Reserve(text.size());
  for (const char c : text) {
    if (absl::ascii_isspace(c)) {
      out.Space();
    } else {
      const char lower = absl::ascii_tolower(c);
      out.Append(absl::string_view(&lower, 1));
    }
  }
  return out.Take();
}

// A mark that may be left out without making another letter. Canonical combining classes say which:
// from 200 on the accents of Latin, Greek, Cyrillic and their like, 1 the strokes through letters,
// 10 to 36 the optional vowel points of Hebrew, Arabic and Syriac.
bool IsOptionalMark(UChar32 c) {
  const int combining_class = u_getCombiningClass(c);
  return combining_class >= 200 || combining_class == 1 ||
         (combining_class >= 10 && combining_class <= 36);
}

// Letters that Unicode does not decompose although people type them plainly, and punctuation that
// differs from keyboard to keyboard. Null for every other character.
const char* PlainSpelling(UChar32 c) {
  switch (c) {
    case 0x00E6:
      return "ae";  // æ
    case 0x00F0:
      return "d";  // ð
    case 0x00F8:
      return "o";  // ø
    case 0x00FE:
      return "th";  // þ
    case 0x0111:
      return "d";  // đ
    case 0x0127:
      return "h";  // ħ
    case 0x0131:
      return "i";  // ı
    case 0x0142:
      return "l";  // ł
    case 0x014B:
      return "n";  // ŋ
    case 0x0153:
      return "oe";  // œ
    case 0x0167:
      return "t";  // ŧ
    case 0x02BC:   // ʼ
    case 0x2018:   // ‘
    case 0x2019:
      return "'";  // ’
    case 0x201C:   // “
    case 0x201D:   // ”
    case 0x201E:
      return "\"";  // „
    case 0x2010:    // ‐
    case 0x2012:    // ‒
    case 0x2013:    // –
    case 0x2014:    // —
    case 0x2212:
      return "-";  // −
    default:
      return nullptr;
  }
}

icu::UnicodeString Normalize(const icu::Normalizer2* normalizer, const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString out = normalizer->normalize(text, error);
  // Normalising fails only without memory or for text of 2³¹ units.
  CHECK(U_SUCCESS(error));
  return out;
}

std::string FoldUnicode(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* case_folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::Normalizer2* decomposing = icu::Normalizer2::getNFDInstance(error);
  const icu::Normalizer2* composing = icu::Normalizer2::getNFCInstance(error);
  // The tables of these three are compiled into the ICU library.
  CHECK(U_SUCCESS(error));
  const auto wide = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  const icu::UnicodeString parts = Normalize(decomposing, Normalize(case_folding, wide));
  icu::UnicodeString plain;
  bool space = false;
  for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
    const UChar32 c = parts.char32At(i);
    if (u_isUWhiteSpace(c)) {
      space = !plain.isEmpty();
      continue;
    }
    if (IsOptionalMark(c)) continue;
    if (space) plain.append(static_cast<UChar32>(' '));
    space = false;
    if (const char* spelling = PlainSpelling(c)) {
      plain.append(icu::UnicodeString::fromUTF8(spelling));
    } else {
      plain.append(c);
    }
  }
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  Normalize(composing, plain).toUTF8(sink);
  return out;
}

// Characters that move the cursor, end the line or turn the direction of what follows.
bool HidesInLogs(UChar32 c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

}  // namespace

bool IsValidUtf8(absl::string_view text) {
  for (;;) {
    text.remove_prefix(AsciiPrefix(text));
    if (text.empty()) return true;
    const size_t length = CodePointLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
}

bool HasControls(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    // UTF-8 writes U+0080 to U+009F as C2 80 to C2 9F.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return true;
    }
  }
  return false;
}

bool HasControlsInProse(absl::string_view text) {
  constexpr absl::string_view kAllowed = "\t\r\n";
  for (size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
    end = std::min(text.find_first_of(kAllowed), text.size());
    if (HasControls(text.substr(0, end))) return true;
  }
  return false;
}

size_t CodePointCount(absl::string_view text) {
  size_t count = 0;
  for (const char c : text) count += !IsContinuation(c);
  return count;
}

absl::string_view TruncateUtf8(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t cut = max_bytes;
  while (cut > 0 && IsContinuation(text[cut])) --cut;
  return text.substr(0, cut);
}

std::string Fold(absl::string_view text) {
  return AsciiPrefix(text) == text.size() ? FoldAscii(text) : FoldUnicode(text);
}

std::string EscapeForLog(absl::string_view text, size_t max_bytes) {
  const absl::string_view kept = TruncateUtf8(text, max_bytes);
  std::string out;
  for (absl::string_view rest = kept; !rest.empty();) {
    const size_t length = CodePointLength(rest);
    if (length == 0) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(rest[0]));
      rest.remove_prefix(1);
      continue;
    }
    const absl::string_view unit = rest.substr(0, length);
    rest.remove_prefix(length);
    const UChar32 c =
        icu::UnicodeString::fromUTF8(icu::StringPiece(unit.data(), length)).char32At(0);
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (HidesInLogs(c)) {
      absl::StrAppendFormat(&out, "\\u{%x}", c);
    } else {
      out.append(unit.data(), unit.size());
    }
  }
  if (kept.size() < text.size()) out += "…";
  return out;
}

}  // namespace regulars
