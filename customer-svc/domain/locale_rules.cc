#include "customer-svc/domain/locale_rules.h"

#include <unicode/uloc.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace regulars::customer {
namespace {

// RFC 5646, 4.4.1: enough for all but exotic tags.
constexpr size_t kMaxLanguageLength = 35;
constexpr size_t kMaxTimeZoneLength = 64;
constexpr size_t kDayLength = 10;

bool IsLanguageCode(absl::string_view code) {
  // ISO 639-1 is complete in ICU; the thousands of three-letter codes are not, so any will do.
  if (code.size() == 3) return true;
  if (code.size() != 2) return false;
  const char* const* languages = uloc_getISOLanguages();
  for (; *languages != nullptr; ++languages) {
    if (code == *languages) return true;
  }
  return false;
}

std::optional<int> Digits(absl::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<absl::CivilDay> MakeDay(std::optional<int> year, std::optional<int> month,
                                      std::optional<int> day) {
  if (!year || !month || !day || *year < 1) return std::nullopt;
  const absl::CivilDay made(*year, *month, *day);
  // CivilDay turns the 31st of a short month into the 1st of the next.
  if (made.year() != *year || made.month() != *month || made.day() != *day) return std::nullopt;
  return made;
}

// "Europe", "GMT+1", "St_Johns".
bool IsZonePart(absl::string_view part) {
  return !part.empty() && absl::ascii_isalpha(part[0]) &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '+';
         });
}

}  // namespace

std::optional<std::string> CanonicalLanguage(absl::string_view tag) {
  if (tag.empty() || tag.size() > kMaxLanguageLength) return std::nullopt;
  const std::string text(tag);
  char locale[ULOC_FULLNAME_CAPACITY];
  UErrorCode error = U_ZERO_ERROR;
  int32_t parsed = 0;
  const int32_t size = uloc_forLanguageTag(text.c_str(), locale, sizeof locale, &parsed, &error);
  if (U_FAILURE(error) || size >= ULOC_FULLNAME_CAPACITY ||
      static_cast<size_t>(parsed) != text.size()) {
    return std::nullopt;
  }
  char canonical[ULOC_FULLNAME_CAPACITY];
  const int32_t length = uloc_toLanguageTag(locale, canonical, sizeof canonical,
                                            /*strict=*/true, &error);
  if (U_FAILURE(error) || length >= ULOC_FULLNAME_CAPACITY) return std::nullopt;
  std::string result(canonical, static_cast<size_t>(length));
  const std::string language = result.substr(0, result.find('-'));
  if (!IsLanguageCode(language)) return std::nullopt;
  return result;
}

bool FindTimeZone(absl::string_view name, absl::TimeZone& zone) {
  if (name.empty() || name.size() > kMaxTimeZoneLength) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (!std::all_of(parts.begin(), parts.end(), IsZonePart)) return false;
  // Copies of the data with other leap seconds, the machine's own zone, and lists of zones.
  if (parts[0] == "posix" || parts[0] == "right" || name == "localtime" || name == "posixrules" ||
      name == "leapseconds" || name == "Fixed") {
    return false;
  }
  // Asked before loading: the loader remembers every name that it was ever given.
  const char* folder = std::getenv("TZDIR");
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(
          absl::StrCat(folder != nullptr ? folder : "/usr/share/zoneinfo", "/", name), ignored)) {
    return false;
  }
  return absl::LoadTimeZone(name, &zone);
}

bool IsTimeZone(absl::string_view name) {
  absl::TimeZone zone;
  return FindTimeZone(name, zone);
}

std::optional<absl::CivilDay> ParseDay(absl::string_view text) {
  if (text.size() != kDayLength || text[4] != '-' || text[7] != '-') return std::nullopt;
  return MakeDay(Digits(text.substr(0, 4)), Digits(text.substr(5, 2)), Digits(text.substr(8, 2)));
}

std::string FormatDay(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

bool IsBirthday(absl::string_view text, absl::CivilDay today) {
  if (absl::StartsWith(text, "--")) {
    // Any leap year: who was born on 29 February may keep the year to themselves.
    constexpr int kLeapYear = 2000;
    return text.size() == 7 && text[4] == '-' &&
           MakeDay(kLeapYear, Digits(text.substr(2, 2)), Digits(text.substr(5, 2))).has_value();
  }
  const std::optional<absl::CivilDay> day = ParseDay(text);
  return day.has_value() && *day <= today;
}

}  // namespace regulars::customer
