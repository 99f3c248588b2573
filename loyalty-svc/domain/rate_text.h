// Exchange rates as customer-svc writes them.
#ifndef LOYALTY_SVC_DOMAIN_RATE_TEXT_H_
#define LOYALTY_SVC_DOMAIN_RATE_TEXT_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace regulars::loyalty {

// `micros` × `rate`, rounded half to even. `rate` is an exact decimal with at most 6 digits and 12
// decimals, "0.8561"; nullopt for another text or what does not fit.
std::optional<int64_t> Convert(int64_t micros, absl::string_view rate);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_RATE_TEXT_H_
