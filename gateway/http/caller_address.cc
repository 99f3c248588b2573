#include "gateway/http/caller_address.h"

#include <arpa/inet.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace regulars::gateway {
namespace {

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

}  // namespace regulars::gateway
