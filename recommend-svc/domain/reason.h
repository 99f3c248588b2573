// Reasons as a person reads them. Pure.
#ifndef RECOMMEND_SVC_DOMAIN_REASON_H_
#define RECOMMEND_SVC_DOMAIN_REASON_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "recommend-svc/domain/rules.h"

namespace regulars::recommend {

// "Often bought together with Herb scissors." `item` is its title, or its code where it has none.
std::string BoughtTogetherText(Cause cause, absl::string_view item);

// Days that the latest order may be old before "within 30 days" would be taken for another 30 days.
inline constexpr int64_t kRecentDays = 2;

// "Among the best sellers: 57 orders within 30 days." `last_day` is the window's, which ends with
// the latest order; `today` another: where it is long ago, "… within 30 days, up to 2011-12-09."
std::string BestSellerText(int64_t orders, int64_t days, absl::CivilDay last_day,
                           absl::CivilDay today);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_REASON_H_
