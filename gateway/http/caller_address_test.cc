#include "gateway/http/caller_address.h"

#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

struct Case {
  const char* name;
  int trusted_proxies;
  std::vector<std::string> forwarded;
  const char* want;
};

TEST(CallerAddress, IsCountedFromTheTrustedEnd) {
  const std::string peer = "10.0.0.1";
  const Case cases[] = {
      {"no proxy is trusted", 0, {"192.0.2.7"}, "10.0.0.1"},
      {"one proxy", 1, {"192.0.2.7"}, "192.0.2.7"},
      {"what the caller wrote counts for nothing", 1, {"203.0.113.9, 192.0.2.7"}, "192.0.2.7"},
      {"two proxies", 2, {"203.0.113.9, 192.0.2.7, 10.0.0.2"}, "192.0.2.7"},
      {"several lines are one list", 2, {"203.0.113.9", "192.0.2.7", "10.0.0.2"}, "192.0.2.7"},
      {"IPv6", 1, {"2001:db8::1"}, "2001:db8::1"},
      {"nothing was added", 1, {}, "10.0.0.1"},
      {"too few places", 2, {"192.0.2.7"}, "10.0.0.1"},
      {"no address", 1, {"unknown"}, "10.0.0.1"},
      {"empty place", 1, {"192.0.2.7,"}, "10.0.0.1"},
  };
  for (const Case& c : cases) {
    HttpRequest request;
    for (const std::string& line : c.forwarded) {
      request.headers.emplace_back("X-Forwarded-For", line);
    }
    EXPECT_EQ(CallerAddress(request, peer, c.trusted_proxies), c.want) << c.name;
  }
}

TEST(SiteOf, IsAnAddressOrASixtyFour) {
  const struct {
    const char* address;
    const char* want;
  } rows[] = {
      {"192.0.2.7", "192.0.2.7"},
      {"::ffff:192.0.2.7", "192.0.2.7"},
      {"2001:db8::1", "2001:db8::/64"},
      {"2001:db8:0:0:ffff::1", "2001:db8::/64"},
      {"2001:DB8:0:1::1", "2001:db8:0:1::/64"},
      {"::1", "::/64"},
      {"fe80::1%eth0", "fe80::1%eth0"},
      {"not:an:address", "not:an:address"},
      {"", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(SiteOf(row.address), row.want) << row.address;
}

}  // namespace
}  // namespace regulars::gateway
