#include "gateway/http/caller_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace regulars::gateway {
namespace {

constexpr size_t kSiteBytes = 8;  // A /64.
constexpr size_t kMappedPrefixBytes = 12;

bool IsAddress(const std::string& text) {
  in6_addr unused;
  return inet_pton(AF_INET, text.c_str(), &unused) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &unused) == 1;
}

}  // namespace

std::string CallerAddress(const HttpRequest& request, const std::string& peer,
                          int trusted_proxies) {
  if (trusted_proxies == 0) return peer;
  // Several header lines mean the same as one with commas (RFC 9110, 5.3).
  std::vector<std::string> path;
  for (const auto& [name, value] : request.headers) {
    if (!absl::EqualsIgnoreCase(name, "x-forwarded-for")) continue;
    for (const absl::string_view place : absl::StrSplit(value, ',')) {
      path.emplace_back(absl::StripAsciiWhitespace(place));
    }
  }
  const auto proxies = static_cast<size_t>(trusted_proxies);
  if (path.size() < proxies) return peer;
  const std::string& caller = path[path.size() - proxies];
  return IsAddress(caller) ? caller : peer;
}

std::string SiteOf(const std::string& address) {
  // Most addresses; what follows is IPv6.
  if (address.find(':') == std::string::npos) return address;
  in6_addr bytes;
  if (inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return address;
  char text[INET6_ADDRSTRLEN] = "";
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) {
    return inet_ntop(AF_INET, bytes.s6_addr + kMappedPrefixBytes, text, sizeof text);
  }
  std::fill(bytes.s6_addr + kSiteBytes, std::end(bytes.s6_addr), 0);
  return absl::StrCat(inet_ntop(AF_INET6, &bytes, text, sizeof text), "/64");
}

}  // namespace regulars::gateway
