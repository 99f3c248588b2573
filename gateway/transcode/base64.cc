#include "gateway/transcode/base64.h"

#include <array>
#include <cstdint>

namespace regulars::gateway {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The value of each character, or -1.
constexpr std::array<int, 256> kValues = [] {
  std::array<int, 256> values{};
  for (int& value : values) value = -1;
  for (int i = 0; i < 64; ++i) values[static_cast<unsigned char>(kAlphabet[i])] = i;
  values['-'] = 62;
  values['_'] = 63;
  return values;
}();

}  // namespace

void AppendBase64(absl::string_view bytes, std::string* out) {
  const auto byte = [bytes](size_t i) -> uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
  };
  out->reserve(out->size() + (bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    *out += kAlphabet[group >> 18];
    *out += kAlphabet[group >> 12 & 63];
    *out += i + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=';
    *out += i + 2 < bytes.size() ? kAlphabet[group & 63] : '=';
  }
}

bool AppendFromBase64(absl::string_view text, std::string* out) {
  if (!text.empty() && text.size() % 4 == 0 && text.back() == '=') {
    text.remove_suffix(text[text.size() - 2] == '=' ? 2 : 1);
  }
  if (text.size() % 4 == 1) return false;
  // One alphabet or the other, never both in one text.
  const bool is_standard = text.find_first_of("+/") != absl::string_view::npos;
  const bool is_url = text.find_first_of("-_") != absl::string_view::npos;
  if (is_standard && is_url) return false;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      *out += static_cast<char>(bits >> count & 0xFF);
    }
  }
  // What is left over of the last character means nothing and must be zero.
  return (bits & ((1u << count) - 1)) == 0;
}

}  // namespace regulars::gateway
