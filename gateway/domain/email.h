// E-mail addresses of users. Pure.
#ifndef GATEWAY_DOMAIN_EMAIL_H_
#define GATEWAY_DOMAIN_EMAIL_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

inline constexpr size_t kMaxEmailBytes = 254;

// local@domain in ASCII (RFC 5321 §4.1.2 without quoted local parts and address literals); domains
// in other scripts come as punycode. INVALID_ARGUMENT with INVALID_EMAIL.
absl::Status CheckEmail(absl::string_view field, absl::string_view email);

// The form under which addresses are compared: in lower case, whole.
std::string EmailKey(absl::string_view email);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_EMAIL_H_
