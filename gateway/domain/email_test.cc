#include "gateway/domain/email.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

TEST(EmailTest, Good) {
  for (const std::string& good :
       {std::string("anna@example.com"), std::string("a.b+tag@sub.example.co.uk"),
        std::string("admin@localhost"), std::string("o'brien@example.com"),
        std::string("x@xn--mller-kva.de"), std::string("1@2.3"),
        absl::StrCat(std::string(64, 'a'), "@example.com")}) {
    EXPECT_OK(CheckEmail("email", good)) << good;
  }
}

TEST(EmailTest, Bad) {
  for (const std::string& bad :
       {std::string(),
        std::string("anna"),
        std::string("@example.com"),
        std::string("anna@"),
        std::string("a@b@c"),
        std::string("a b@c.d"),
        std::string(".a@b.c"),
        std::string("a.@b.c"),
        std::string("a..b@c.d"),
        std::string("a@-b.c"),
        std::string("a@b-.c"),
        std::string("a@b..c"),
        std::string("a@.b"),
        std::string("a@b."),
        std::string("a@b_c.d"),
        std::string("ä@b.c"),
        std::string("a@ä.c"),
        std::string("a\0@b.c", 6),
        std::string("a@b.c\n"),
        absl::StrCat(std::string(65, 'a'), "@b.c"),
        absl::StrCat("a@", std::string(64, 'b'), ".c"),
        absl::StrCat("a@", std::string(126, 'b'), ".", std::string(126, 'c'))}) {
    EXPECT_THAT(CheckEmail("email", bad), HasReason("INVALID_EMAIL")) << bad;
  }
}

TEST(EmailTest, ComparedWithoutCase) {
  EXPECT_EQ(EmailKey("Anna.Smith@Example.COM"), "anna.smith@example.com");
}

}  // namespace
}  // namespace regulars::gateway
