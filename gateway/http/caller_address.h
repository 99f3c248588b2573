// Whose request it is, seen through reverse proxies.
#ifndef GATEWAY_HTTP_CALLER_ADDRESS_H_
#define GATEWAY_HTTP_CALLER_ADDRESS_H_

#include <string>

#include "gateway/http/message.h"

namespace regulars::gateway {

// The IP address of the caller. Each trusted proxy has added to X-Forwarded-For the address that it
// was called from, so the caller stands `trusted_proxies` places from the right; what is further
// left, callers may have written themselves. Without that many, or where the place holds no
// address: `peer`.
std::string CallerAddress(const HttpRequest& request, const std::string& peer, int trusted_proxies);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_CALLER_ADDRESS_H_
