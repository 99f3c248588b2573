#include "chassis/filter/literals.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/money.h"
#include "chassis/filter/schema.h"

namespace regulars::filter {
namespace {

constexpr size_t kDayLength = 10;   // "2024-05-31"
constexpr size_t kTimeLength = 19;  // "2024-05-31T18:30:00"
constexpr int kMaxDecimals = 6;
constexpr int64_t kMaxYear = 9999;

struct Unit {
  char letter;
  int64_t seconds;
};
// Largest first.
constexpr Unit kUnits[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

// Whether `text` has the shape of `pattern`, in which '0' stands for any digit.
bool HasShape(absl::string_view text, absl::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] == '0' ? !absl::ascii_isdigit(text[i]) : text[i] != pattern[i]) return false;
  }
  return true;
}

// Takes ".123" from the front of `text`; false if it is no such thing.
bool TakeDecimals(absl::string_view& text) {
  if (text.empty() || text[0] != '.') return true;
  text.remove_prefix(1);
  int digits = 0;
  while (!text.empty() && absl::ascii_isdigit(text[0])) {
    text.remove_prefix(1);
    ++digits;
  }
  return digits >= 1 && digits <= kMaxDecimals;
}

}  // namespace

std::optional<int64_t> ReadInt64(absl::string_view text) {
  const absl::string_view digits = text.substr(!text.empty() && text[0] == '-' ? 1 : 0);
  if (digits.empty() || !absl::ascii_isdigit(digits[0]) || !absl::ascii_isdigit(digits.back())) {
    return std::nullopt;  // SimpleAtoi would allow a plus and white space.
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

std::optional<absl::Duration> ReadDuration(absl::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (text.back() != unit.letter) continue;
    const auto micros_of_unit = ParseMicros(text.substr(0, text.size() - 1));
    if (!micros_of_unit.ok()) return std::nullopt;
    const auto micros = CheckedMultiply(*micros_of_unit, unit.seconds);
    if (!micros || absl::AbsDuration(absl::Microseconds(*micros)) > kMaxDuration) {
      return std::nullopt;
    }
    return absl::Microseconds(*micros);
  }
  return std::nullopt;
}

std::string PrintDuration(absl::Duration duration) {
  const int64_t micros = absl::ToInt64Microseconds(duration);
  for (const Unit& unit : kUnits) {
    const int64_t unit_micros = unit.seconds * kMicrosPerUnit;
    if (micros != 0 && micros % unit_micros == 0) {
      return absl::StrCat(micros / unit_micros, std::string(1, unit.letter));
    }
  }
  return absl::StrCat(FormatMicros(micros), "s");
}

std::optional<absl::Time> ReadTime(absl::string_view text) {
  const std::string upper = absl::AsciiStrToUpper(text);  // RFC 3339 allows 't' and 'z'.
  absl::string_view rest = upper;
  if (!HasShape(rest.substr(0, kTimeLength), "0000-00-00T00:00:00")) return std::nullopt;
  rest.remove_prefix(kTimeLength);
  if (!TakeDecimals(rest)) return std::nullopt;
  if (rest != "Z" && !HasShape(rest, "+00:00") && !HasShape(rest, "-00:00")) return std::nullopt;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, upper, &time, &error)) return std::nullopt;
  // In UTC the year may be another than the one written.
  const int64_t year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  if (year < 1 || year > kMaxYear) return std::nullopt;
  return time;
}

std::string PrintTime(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::optional<absl::CivilDay> ReadDay(absl::string_view text) {
  if (text.size() != kDayLength || !HasShape(text, "0000-00-00")) return std::nullopt;
  absl::CivilDay day;
  // Read by way of a time, which refuses a 30th of February.
  if (!ReadTime(absl::StrCat(text, "T00:00:00Z")) || !absl::ParseCivilTime(text, &day)) {
    return std::nullopt;
  }
  return day;
}

}  // namespace regulars::filter
