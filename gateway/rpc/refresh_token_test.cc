#include "gateway/rpc/refresh_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace regulars::gateway {
namespace {

TEST(RefreshTokenTest, ReadsWhatItWrote) {
  const RefreshToken token = RefreshToken::New();
  const std::string text = token.ToText();
  EXPECT_EQ(text.size(), 4 + 64);
  EXPECT_EQ(text.substr(0, 4), "rgr_");
  const auto read = RefreshToken::Parse(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->FamilyHash(), token.FamilyHash());
  EXPECT_EQ(read->SecretHash(), token.SecretHash());
  EXPECT_TRUE(read->SecretMatches(token.SecretHash()));
  EXPECT_EQ(token.FamilyHash().size(), 32);
}

TEST(RefreshTokenTest, TheNextIsOfTheSameFamily) {
  const RefreshToken first = RefreshToken::New();
  const RefreshToken second = first.Next();
  EXPECT_EQ(second.FamilyHash(), first.FamilyHash());
  EXPECT_NE(second.SecretHash(), first.SecretHash());
  EXPECT_FALSE(second.SecretMatches(first.SecretHash()));
  EXPECT_NE(RefreshToken::New().FamilyHash(), first.FamilyHash());
}

TEST(RefreshTokenTest, RefusesWhatItDidNotWrite) {
  const std::string good = RefreshToken::New().ToText();
  for (const std::string& bad :
       {std::string(), std::string("rgr_"), good.substr(4), good.substr(0, 67), good + "A",
        "rgs_" + good.substr(4), absl::StrCat("rgr_", std::string(63, 'A'), "="),
        absl::StrCat("rgr_", std::string(64, '+')),
        absl::StrCat("rgr_", std::string(63, 'A'), std::string(1, '\0'))}) {
    EXPECT_FALSE(RefreshToken::Parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace regulars::gateway
