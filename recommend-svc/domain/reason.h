// Reasons as a person reads them. Pure.
#ifndef RECOMMEND_SVC_DOMAIN_REASON_H_
#define RECOMMEND_SVC_DOMAIN_REASON_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "recommend-svc/domain/rules.h"

namespace regulars::recommend {

// "Often bought together with Herb scissors." `item` is its title, or its code where it has none.
std::string BoughtTogetherText(Cause cause, absl::string_view item);

// "Among the best sellers: 57 orders within 30 days."
std::string BestSellerText(int64_t orders, int64_t days);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_REASON_H_
