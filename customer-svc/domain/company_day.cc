#include "customer-svc/domain/company_day.h"

namespace regulars::customer {

absl::Time DayStart(absl::CivilDay day, absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo midnight = zone.At(absl::CivilSecond(day));
  return midnight.kind == absl::TimeZone::TimeInfo::SKIPPED ? midnight.trans : midnight.pre;
}

absl::CivilDay Today(absl::Time now, absl::TimeZone zone) {
  absl::CivilDay day = absl::ToCivilDay(now, zone);
  // Clocks that were set back across midnight show yesterday for a while.
  while (DayStart(day + 1, zone) <= now) ++day;
  return day;
}

}  // namespace regulars::customer
