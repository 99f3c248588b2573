#include "gateway/transcode/numbers.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "absl/strings/charconv.h"
#include "absl/strings/numbers.h"
#include "gateway/json/tokenizer.h"

namespace regulars::gateway {
namespace {

// Digits that may follow each other in an integer of 64 bits.
constexpr int64_t kMaxDigits = 20;
// Exponents beyond this are all the same: nothing but zero fits.
constexpr int64_t kMaxExponent = 1'000'000'000;

bool IsNumber(absl::string_view text) {
  const char* const end = text.data() + text.size();
  return json::EndOfNumber(text.data(), end) == end;
}

// Writes a number with a fraction or exponent as plain digits ("1.50e2" as "150"). False if it is
// not an integer or longer than any that fits.
bool ToPlainInteger(absl::string_view text, std::string* plain) {
  const bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  const size_t e = text.find_first_of("eE");
  int64_t exponent = 0;
  if (e != absl::string_view::npos) {
    absl::string_view digits = text.substr(e + 1);
    if (digits[0] == '+') digits.remove_prefix(1);
    if (!absl::SimpleAtoi(digits, &exponent) || exponent > kMaxExponent ||
        exponent < -kMaxExponent) {
      exponent = digits[0] == '-' ? -kMaxExponent : kMaxExponent;
    }
    text = text.substr(0, e);
  }
  const size_t dot = text.find('.');
  std::string digits(text.substr(0, dot));
  if (dot != absl::string_view::npos) {
    digits.append(text.data() + dot + 1, text.size() - dot - 1);
    exponent -= static_cast<int64_t>(text.size() - dot - 1);
  }
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) {
    *plain = "0";
    return true;
  }
  const size_t last = digits.find_last_not_of('0');
  exponent += static_cast<int64_t>(digits.size() - 1 - last);
  digits = digits.substr(first, last - first + 1);
  if (exponent < 0 || static_cast<int64_t>(digits.size()) + exponent > kMaxDigits) return false;
  *plain = negative ? "-" : "";
  plain->append(digits);
  plain->append(exponent, '0');
  return true;
}

template <typename T>
bool ParseAnyInteger(absl::string_view text, T* value) {
  if (!IsNumber(text)) return false;
  if (text.find_first_of(".eE") == absl::string_view::npos) {
    if (text == "-0") text = "0";
    return absl::SimpleAtoi(text, value);
  }
  std::string plain;
  return ToPlainInteger(text, &plain) && absl::SimpleAtoi(plain, value);
}

template <typename T>
bool ParseAnyReal(absl::string_view text, T* value) {
  if (!IsNumber(text)) {
    if (text == "NaN") {
      *value = std::numeric_limits<T>::quiet_NaN();
    } else if (text == "Infinity") {
      *value = std::numeric_limits<T>::infinity();
    } else if (text == "-Infinity") {
      *value = -std::numeric_limits<T>::infinity();
    } else {
      return false;
    }
    return true;
  }
  const auto result = absl::from_chars(text.data(), text.data() + text.size(), *value);
  // Too near zero is zero; too far from it does not fit.
  return result.ec == std::errc() || std::abs(*value) < 1;
}

template <typename T>
void AppendAnyReal(T value, std::string* out) {
  if (std::isnan(value)) {
    *out += "\"NaN\"";
    return;
  }
  if (std::isinf(value)) {
    *out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  // As JavaScript prints numbers: plain where that is readable.
  const T size = std::abs(value);
  const bool plain = size == 0 || (size >= T(1e-6) && size < T(1e21));
  char buffer[64];
  const auto result =
      std::to_chars(buffer, buffer + sizeof(buffer), value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  out->append(buffer, result.ptr);
}

}  // namespace

bool ParseInteger(absl::string_view text, int64_t* value) { return ParseAnyInteger(text, value); }
bool ParseInteger(absl::string_view text, uint64_t* value) { return ParseAnyInteger(text, value); }
bool ParseReal(absl::string_view text, double* value) { return ParseAnyReal(text, value); }
bool ParseReal(absl::string_view text, float* value) { return ParseAnyReal(text, value); }
void AppendReal(double value, std::string* out) { AppendAnyReal(value, out); }
void AppendReal(float value, std::string* out) { AppendAnyReal(value, out); }

template <typename T>
void AppendInteger(T value, std::string* out) {
  char buffer[24];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  out->append(buffer, result.ptr);
}
template void AppendInteger(int32_t, std::string*);
template void AppendInteger(uint32_t, std::string*);
template void AppendInteger(int64_t, std::string*);
template void AppendInteger(uint64_t, std::string*);

}  // namespace regulars::gateway
