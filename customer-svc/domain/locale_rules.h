// Languages, time zones and days of birth. Thread-safe.
#ifndef CUSTOMER_SVC_DOMAIN_LOCALE_RULES_H_
#define CUSTOMER_SVC_DOMAIN_LOCALE_RULES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace regulars::customer {

// The canonical form of a BCP 47 tag ("EN-gb" → "en-GB"), or nullopt if it is none: not
// well-formed, longer than 35 characters, or of a language that ISO 639-1 does not have.
std::optional<std::string> CanonicalLanguage(absl::string_view tag);

// Whether `name` is an IANA time zone that this machine has data for: "Europe/London".
bool IsTimeZone(absl::string_view name);
// The same, and the zone. Names that callers send go through here: abseil itself would open any
// file that they name.
bool FindTimeZone(absl::string_view name, absl::TimeZone& zone);

// Whether `text` is a day of birth not after `today`: "1985-06-30", or "--06-30" without the year.
bool IsBirthday(absl::string_view text, absl::CivilDay today);

// "2026-03-31" as a day of the years 1 to 9999.
std::optional<absl::CivilDay> ParseDay(absl::string_view text);
std::string FormatDay(absl::CivilDay day);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_LOCALE_RULES_H_
