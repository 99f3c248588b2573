#include "chassis/base/money.h"

#include <algorithm>
#include <array>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"

namespace regulars {
namespace {

constexpr int kMicrosDigits = 6;

// ISO 4217 list one, active codes of currencies in use (funds codes, metals and XXX left out), and
// those withdrawn since 1999: old orders were paid in them.
constexpr std::array kCurrencies = std::to_array<absl::string_view>({
    "AED", "AFA", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "ATS", "AUD", "AWG", "AZM", "AZN",
    "BAM", "BBD", "BDT", "BEF", "BGL", "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD",
    "BTN", "BWP", "BYN", "BYR", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CSD",
    "CUC", "CUP", "CVE", "CYP", "CZK", "DEM", "DJF", "DKK", "DOP", "DZD", "EEK", "EGP", "ERN",
    "ESP", "ETB", "EUR", "FIM", "FJD", "FKP", "FRF", "GBP", "GEL", "GHC", "GHS", "GIP", "GMD",
    "GNF", "GRD", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "IEP", "ILS", "INR",
    "IQD", "IRR", "ISK", "ITL", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW",
    "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LTL", "LUF", "LVL", "LYD", "MAD",
    "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRO", "MRU", "MTL", "MUR", "MVR", "MWK", "MXN",
    "MYR", "MZM", "MZN", "NAD", "NGN", "NIO", "NLG", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN",
    "PGK", "PHP", "PKR", "PLN", "PTE", "PYG", "QAR", "ROL", "RON", "RSD", "RUB", "RWF", "SAR",
    "SBD", "SCR", "SDD", "SDG", "SEK", "SGD", "SHP", "SIT", "SKK", "SLE", "SLL", "SOS", "SRD",
    "SRG", "SSP", "STD", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMM", "TMT", "TND", "TOP",
    "TRL", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VEB", "VED", "VEF",
    "VES", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "YUM", "ZAR", "ZMK",
    "ZMW", "ZWD", "ZWG", "ZWL",
});

absl::Status BadNumber(absl::string_view why) { return InvalidArgument("INVALID_NUMBER", why); }

}  // namespace

bool IsCurrency(absl::string_view code) {
  return std::binary_search(kCurrencies.begin(), kCurrencies.end(), code);
}

std::optional<int64_t> CheckedAdd(int64_t a, int64_t b) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<int64_t> CheckedMultiply(int64_t a, int64_t b) {
  int64_t product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

std::optional<int64_t> MultiplyDivide(int64_t a, int64_t b, int64_t divisor) {
  // Callers divide by named constants and by rates that were checked to be positive.
  CHECK(divisor > 0);
  const __int128 product = static_cast<__int128>(a) * b;
  __int128 quotient = product / divisor;
  const __int128 remainder = product % divisor;
  const __int128 twice = (remainder < 0 ? -remainder : remainder) * 2;
  if (twice > divisor || (twice == divisor && quotient % 2 != 0)) quotient += product < 0 ? -1 : 1;
  if (quotient > std::numeric_limits<int64_t>::max() ||
      quotient < std::numeric_limits<int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(quotient);
}

int64_t NearestInt64(__int128 sum) {
  constexpr __int128 kLeast = std::numeric_limits<int64_t>::min();
  constexpr __int128 kGreatest = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp(sum, kLeast, kGreatest));
}

absl::StatusOr<int64_t> ParseMicros(absl::string_view text, char decimal_separator) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  __int128 value = 0;
  int digits = 0;
  int decimals = -1;  // Negative until the separator.
  for (const char c : text) {
    if (c == decimal_separator && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9') return BadNumber("is not a decimal number");
    ++digits;
    if (decimals >= 0 && ++decimals > kMicrosDigits) {
      // Trailing zeros beyond the sixth decimal change nothing.
      if (c != '0') return BadNumber("has more than 6 decimals");
      continue;
    }
    value = value * 10 + (c - '0');
    if (value > std::numeric_limits<int64_t>::max()) return BadNumber("is too large");
  }
  if (digits == 0) return BadNumber("is not a decimal number");
  for (int i = std::clamp(decimals, 0, kMicrosDigits); i < kMicrosDigits; ++i) value *= 10;
  if (value > std::numeric_limits<int64_t>::max()) return BadNumber("is too large");
  return static_cast<int64_t>(negative ? -value : value);
}

std::string FormatMicros(int64_t micros) {
  const bool negative = micros < 0;
  const uint64_t magnitude =
      negative ? -static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  std::string out = absl::StrCat(negative ? "-" : "", magnitude / kMicrosPerUnit);
  if (const uint64_t rest = magnitude % kMicrosPerUnit; rest != 0) {
    std::string decimals = absl::StrFormat("%06d", rest);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    absl::StrAppend(&out, ".", decimals);
  }
  return out;
}

}  // namespace regulars
