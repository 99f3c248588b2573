#include "chassis/filter/source.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars::filter {
namespace {

// Enough of a word to recognise it.
constexpr size_t kMaxQuotedCharacters = 40;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

size_t CountCharacters(absl::string_view text) {
  size_t count = 0;
  for (const char c : text) count += IsContinuation(c) ? 0 : 1;
  return count;
}

// The bytes of the well-formed character that `text` begins with, or 0. The second byte's range is
// narrower after E0, ED, F0 and F4: no overlong forms, no surrogates, nothing above U+10FFFF.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                        : first >= 0xE0 && first <= 0xEF ? 3
                        : first >= 0xF0 && first <= 0xF4 ? 4
                                                         : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  return length;
}

}  // namespace

absl::Status ErrorAt(absl::string_view text, size_t offset, absl::string_view reason,
                     absl::string_view message) {
  const std::string column = absl::StrCat(CountCharacters(text.substr(0, offset)) + 1);
  const std::string description = absl::StrCat("at column ", column, ": ", message);
  return Error(absl::StatusCode::kInvalidArgument, absl::StrCat("filter ", description),
               {.reason = std::string(reason),
                .violations = {{"filter", description}},
                .metadata = {{"column", column}}});
}

std::string Quoted(absl::string_view words) {
  std::string out = "'";
  size_t characters = 0;
  for (const char c : words) {
    if (!IsContinuation(c) && ++characters > kMaxQuotedCharacters) {
      out += "…";
      break;
    }
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return out + "'";
}

size_t FindInvalidUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = CharacterLength(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return absl::string_view::npos;
}

void AppendUtf8(uint32_t code_point, std::string& out) {
  const auto tail = [&](int shift) {
    out += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F));
  };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | (code_point >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace regulars::filter
