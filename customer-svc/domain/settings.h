// What holds for the whole company, as the service uses it.
#ifndef CUSTOMER_SVC_DOMAIN_SETTINGS_H_
#define CUSTOMER_SVC_DOMAIN_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace regulars::customer {

// Which day scores are worked out for; numbers are stored.
enum class RfmDay : int64_t { kToday = 1, kAfterLastOrder = 2 };

struct CompanySettings {
  // IANA name, and the zone itself.
  std::string time_zone = "UTC";
  absl::TimeZone zone = absl::UTCTimeZone();
  // ISO 4217.
  std::string base_currency = "EUR";
  // ISO 3166-1 alpha-2; "" if unset.
  std::string country;
  // BCP 47.
  std::string language = "en";
  // Oldest rate that an order may use, in days before its own day.
  int64_t rate_max_age_days = 31;
  RfmDay rfm_day = RfmDay::kToday;
  bool rfm_nightly = false;
  int64_t version = 1;
  // Unset until a caller has changed something.
  std::optional<absl::Time> update_time;

  // The company's day at a time.
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone); }
};

// Days as the store counts them: since 1970-01-01.
inline int64_t ToDayNumber(absl::CivilDay day) { return day - absl::CivilDay(1970, 1, 1); }
inline absl::CivilDay FromDayNumber(int64_t number) { return absl::CivilDay(1970, 1, 1) + number; }

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_SETTINGS_H_
