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

// What callers and connections of an address are counted under, as failed sign-ins are: the
// address, or the /64 of an IPv6 address, all of which belong to one site. An IPv4 address in
// IPv6's clothes (RFC 4291, 2.5.5.2) is itself, and so is what is no address.
std::string SiteOf(const std::string& address);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_CALLER_ADDRESS_H_
