#include "cli/format.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "chassis/base/currency.h"
#include "chassis/base/money.h"
#include "chassis/base/text.h"

namespace regulars::cli {
namespace {

constexpr size_t kMaxTextBytes = 4096;

size_t WidthOf(UChar32 c) {
  const int8_t type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const int east_asian = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return east_asian == U_EA_FULLWIDTH || east_asian == U_EA_WIDE ? 2 : 1;
}

// Calls `take` with each code point, its width and where it ends; until that says false.
template <typename Take>
void EachCharacter(absl::string_view text, Take take) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, at, size, c);
    if (!take(WidthOf(c), static_cast<size_t>(at))) return;
  }
}

std::string GroupThousands(absl::string_view digits) {
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

}  // namespace

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  EachCharacter(text, [&width](size_t of_character, size_t) {
    width += of_character;
    return true;
  });
  return width;
}

std::string FitWidth(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t used = 0;
  size_t end = 0;
  EachCharacter(text, [&](size_t of_character, size_t to) {
    if (used + of_character > width - 1) return false;
    used += of_character;
    end = to;
    return true;
  });
  return absl::StrCat(text.substr(0, end), "…");
}

std::string Safe(absl::string_view text) { return EscapeForLog(text, kMaxTextBytes); }

std::string FormatMoney(const Json& money) {
  const std::string currency = Text(money, "currencyCode");
  if (currency.empty()) return "";
  const std::string plain = FormatAmount(Int(money, "micros"), currency);
  const absl::string_view sign = absl::StartsWith(plain, "-") ? "-" : "";
  const absl::string_view number = absl::StripPrefix(plain, "-");
  const size_t point = std::min(number.find('.'), number.size());
  return absl::StrCat(sign, GroupThousands(number.substr(0, point)), number.substr(point), " ",
                      Safe(currency));
}

std::string FormatRoundedMoney(const Json& money) {
  int64_t step = kMicrosPerUnit;
  for (int digits = FractionDigits(Text(money, "currencyCode")); digits > 0; --digits) step /= 10;
  const int64_t micros = Int(money, "micros");
  const int64_t rest = micros % step;
  const int64_t down = micros - rest;
  int64_t rounded = down;
  if (step - std::abs(rest) <= std::abs(rest)) {
    rounded = CheckedAdd(down, rest < 0 ? -step : step).value_or(down);
  }
  return FormatMoney(
      {{"currencyCode", Text(money, "currencyCode")}, {"micros", absl::StrCat(rounded)}});
}

std::string FormatQuantity(int64_t micros) { return FormatMicros(micros); }

std::string FormatCount(int64_t count) {
  const std::string digits = absl::StrCat(count);
  const absl::string_view sign = count < 0 ? "-" : "";
  return absl::StrCat(sign, GroupThousands(absl::StripPrefix(digits, "-")));
}

std::string FormatApiTime(absl::string_view time, absl::TimeZone zone) {
  absl::Time parsed;
  if (!absl::ParseTime(absl::RFC3339_full, time, &parsed, nullptr)) return Safe(time);
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", parsed, zone);
}

std::string FormatBytes(int64_t bytes) {
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  double value = static_cast<double>(bytes) / 1024;
  const char* unit = "KiB";
  for (const char* next : {"MiB", "GiB", "TiB"}) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return absl::StrFormat("%.1f %s", value, unit);
}

std::string FormatSpan(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration + absl::Milliseconds(500));
  if (seconds < 60) return absl::StrCat(seconds, "s");
  if (seconds < 3600) return absl::StrFormat("%dm%02ds", seconds / 60, seconds % 60);
  return absl::StrFormat("%dh%02dm", seconds / 3600, seconds / 60 % 60);
}

std::string FormatEnum(absl::string_view value, absl::string_view prefix) {
  std::string name = absl::AsciiStrToLower(absl::StripPrefix(value, prefix));
  if (name == "unspecified") return "";
  for (char& c : name) c = c == '_' ? '-' : c;
  return Safe(name);
}

std::string ShortName(absl::string_view name) {
  const size_t slash = name.rfind('/');
  return Safe(slash == absl::string_view::npos ? name : name.substr(slash + 1));
}

}  // namespace regulars::cli
