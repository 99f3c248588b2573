#include "gateway/json/utf8.h"

#include <cstring>

namespace regulars::gateway::json {
namespace {

bool IsContinuation(unsigned char c) { return (c & 0xC0) == 0x80; }

// Whether any of eight bytes is below 0x20, a quote, a backslash or above 0x7F. Each term sets the
// top bit of a byte that matches; a borrow may mark a byte above a match too, never without one.
bool HasSpecialByte(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  constexpr uint64_t kTops = 0x8080808080808080u;
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  const uint64_t special = (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes) | word;
  return (special & kTops) != 0;
}

}  // namespace

size_t Utf8Length(const char* p, const char* end) {
  const auto byte = [p](int i) { return static_cast<unsigned char>(p[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // A continuation byte, or an overlong form of ASCII.
  if (first < 0xE0) return end - p >= 2 && IsContinuation(byte(1)) ? 2 : 0;
  if (first < 0xF0) {
    if (end - p < 3 || !IsContinuation(byte(1)) || !IsContinuation(byte(2))) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;  // Overlong.
    if (first == 0xED && byte(1) > 0x9F) return 0;  // A surrogate.
    return 3;
  }
  if (first > 0xF4 || end - p < 4) return 0;
  if (!IsContinuation(byte(1)) || !IsContinuation(byte(2)) || !IsContinuation(byte(3))) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;  // Overlong.
  if (first == 0xF4 && byte(1) > 0x8F) return 0;  // Above U+10FFFF.
  return 4;
}

bool IsValidUtf8(absl::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    const size_t length = Utf8Length(p, end);
    if (length == 0) return false;
    p += length;
  }
  return true;
}

void AppendUtf8(uint32_t code_point, std::string* out) {
  const auto add = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    add(code_point);
    return;
  }
  if (code_point < 0x800) {
    add(0xC0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    add(0xE0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3F));
  } else {
    add(0xF0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3F));
    add(0x80 | (code_point >> 6 & 0x3F));
  }
  add(0x80 | (code_point & 0x3F));
}

const char* SkipPlainText(const char* p, const char* end) {
  while (end - p >= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    if (HasSpecialByte(word)) break;
    p += 8;
  }
  while (p < end) {
    const auto c = static_cast<unsigned char>(*p);
    if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80) break;
    ++p;
  }
  return p;
}

}  // namespace regulars::gateway::json
