// An amount of money: a whole number of millionths of a currency's unit (micros) with its ISO 4217
// code. Never a floating-point number. Every operation that can overflow says so.
#ifndef CHASSIS_BASE_MONEY_H_
#define CHASSIS_BASE_MONEY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars {

inline constexpr int64_t kMicrosPerUnit = 1'000'000;

struct Money {
  int64_t micros = 0;
  std::string currency;  // ISO 4217, upper case; "GBP".

  friend bool operator==(const Money&, const Money&) = default;
};

// Whether `code` is an ISO 4217 currency code, in upper case: an active one, or one withdrawn since
// 1999.
bool IsCurrency(absl::string_view code);

// Sums and products that overflow give nullopt.
std::optional<int64_t> CheckedAdd(int64_t a, int64_t b);
std::optional<int64_t> CheckedMultiply(int64_t a, int64_t b);
// a × b / divisor without overflow on the way, rounded half to even. `divisor` is positive.
std::optional<int64_t> MultiplyDivide(int64_t a, int64_t b, int64_t divisor);
// The number of 64 bits that is nearest to a sum of such numbers.
int64_t NearestInt64(__int128 sum);

// Reads a decimal number ("-12.50", "1e3" is refused) as micros. At most 6 decimals, no spaces, no
// thousands separators; `decimal_separator` is '.' or ','.
absl::StatusOr<int64_t> ParseMicros(absl::string_view text, char decimal_separator = '.');

// The shortest decimal that ParseMicros reads back: 12500000 → "12.5".
std::string FormatMicros(int64_t micros);

}  // namespace regulars

#endif  // CHASSIS_BASE_MONEY_H_
