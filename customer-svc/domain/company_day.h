// The company's days as spans of time. Days follow each other without gap or overlap whatever the
// zone's clocks do: one begins when they first show 00:00 or, where they skip it, at the instant at
// which they do.
#ifndef CUSTOMER_SVC_DOMAIN_COMPANY_DAY_H_
#define CUSTOMER_SVC_DOMAIN_COMPANY_DAY_H_

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace regulars::customer {

absl::Time DayStart(absl::CivilDay day, absl::TimeZone zone);

// The last day that has begun by `now`. It never goes back, as clocks may.
absl::CivilDay Today(absl::Time now, absl::TimeZone zone);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_COMPANY_DAY_H_
