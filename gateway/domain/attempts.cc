#include "gateway/domain/attempts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace regulars::gateway {
namespace {

constexpr size_t kSiteBytes = 8;  // A /64.

// An IPv4 address in IPv6's clothes (RFC 4291 §2.5.5.2).
bool IsMappedIpv4(const in6_addr& address) { return IN6_IS_ADDR_V4MAPPED(&address) != 0; }

std::string Ipv4Key(const unsigned char* bytes) {
  if (bytes[0] == 127) return "";
  return std::string(reinterpret_cast<const char*>(bytes), 4);
}

}  // namespace

Attempts AfterFailure(const Attempts& before, const AttemptRules& rules, absl::Time now) {
  Attempts after = before;
  if (before.last_time + rules.forget_after <= now) after = Attempts();
  ++after.failures;
  after.last_time = now;
  if (after.failures <= rules.free) return after;
  absl::Duration wait = rules.first_wait;
  // Doubling from seconds reaches any bound in a few dozen steps.
  for (int64_t i = rules.free + 1; i < after.failures && wait < rules.longest_wait; ++i) wait *= 2;
  after.blocked_until = now + std::min(wait, rules.longest_wait);
  return after;
}

absl::Duration WaitFor(const Attempts& attempts, absl::Time now) {
  return std::max(attempts.blocked_until - now, absl::ZeroDuration());
}

std::string SourceKey(absl::string_view address) {
  const std::string text(address);
  in_addr v4;
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return Ipv4Key(reinterpret_cast<const unsigned char*>(&v4));
  }
  in6_addr v6;
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1 || IN6_IS_ADDR_LOOPBACK(&v6)) return "";
  if (IsMappedIpv4(v6)) return Ipv4Key(v6.s6_addr + 12);
  return std::string(reinterpret_cast<const char*>(v6.s6_addr), kSiteBytes);
}

}  // namespace regulars::gateway
