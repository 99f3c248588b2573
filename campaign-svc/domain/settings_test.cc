#include "campaign-svc/domain/settings.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;

// Hosts by RFC 1123, 2.1, and RFC 3986, 3.2.2.
TEST(Settings, WhereLinksMayBegin) {
  for (const char* good :
       {"https://crm.shop.example", "http://localhost", "http://crm", "https://x.example:8443",
        "https://x.example:1", "https://x.example:65535", "http://127.0.0.1:8080", "http://[::1]",
        "https://[2001:db8::1]:8443", "https://xn--mller-kva.example", "https://4u.example",
        "https://X-1.Example"}) {
    EXPECT_TRUE(IsOrigin(good)) << good;
    EXPECT_OK(CheckSettings({.public_url = good})) << good;
  }
  for (const char* bad : {"crm.shop.example",
                          "ftp://x.example",
                          "https://",
                          "https://:::",
                          "https://]",
                          "https://[",
                          "https://[]",
                          "https://[::1",
                          "https://::1",
                          "https://[::1]x",
                          "https://[::1]8443",
                          "https://[1.2.3.4]",
                          "https://.",
                          "https://a..b",
                          "https://.a",
                          "https://a.",
                          "https://-a.example",
                          "https://a-.example",
                          "https://a_b.example",
                          "https://1.2.3",
                          "https://1.2.3.400",
                          "https://x.example:",
                          "https://x.example:0",
                          "https://x.example:99999",
                          "https://x.example:8443:1",
                          "https://x.example:+1",
                          "https://x.example/",
                          "https://a b",
                          "https://u@x.example",
                          "https://x.example?a",
                          "https://m\u00fcller.example"}) {
    EXPECT_FALSE(IsOrigin(bad)) << bad;
    EXPECT_THAT(CheckSettings({.public_url = bad}), HasReason("INVALID_URL")) << bad;
  }
  EXPECT_FALSE(IsOrigin(absl::StrCat("https://", std::string(64, 'a'), ".example")));
}

TEST(Settings, WhereAnswersMayGo) {
  for (const char* good : {"", "help@shop.example", "help@m\u00fcller.example"}) {
    EXPECT_OK(CheckSettings({.reply_to = good})) << good;
  }
  for (const char* bad : {"help", "h\u00fclp@shop.example"}) {
    EXPECT_THAT(CheckSettings({.reply_to = bad}), HasReason("INVALID_EMAIL")) << bad;
  }
  EXPECT_OK(CheckSettings({.from_address = "h\u00fclp@shop.example"}));
}

}  // namespace
}  // namespace regulars::campaign
