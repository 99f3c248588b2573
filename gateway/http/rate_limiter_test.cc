#include "gateway/http/rate_limiter.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace regulars::gateway {
namespace {

using Owner = RateLimiter::Owner;

const absl::Time kNow = absl::FromUnixSeconds(1000);
const absl::Time kEnd = kNow + absl::Minutes(15);

// "users/a 7" is one of the tokens of users/a; what has no space is none.
std::optional<Owner> Verify(absl::string_view token) {
  const size_t space = token.find(' ');
  if (space == absl::string_view::npos) return std::nullopt;
  return Owner{std::string(token.substr(0, space)), kEnd};
}

class RateLimiterTest : public ::testing::Test {
 protected:
  // Whether the caller may go ahead.
  bool Take(absl::string_view token, absl::string_view address, absl::Time now = kNow) {
    return !limiter_.Take(token, address, now, Verify);
  }

  RateLimiter limiter_{10, 3};
};

TEST_F(RateLimiterTest, LetsABurstThroughAndThenTheRate) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Take("", "a")) << i;
  const auto wait = limiter_.Take("", "a", kNow, Verify);
  ASSERT_TRUE(wait.has_value());
  EXPECT_NEAR(absl::ToDoubleSeconds(*wait), 0.1, 1e-9);
  EXPECT_TRUE(Take("", "b")) << "callers do not share";
  EXPECT_TRUE(Take("", "a", kNow + absl::Milliseconds(101)));
  EXPECT_FALSE(Take("", "a", kNow + absl::Milliseconds(102)));
}

TEST_F(RateLimiterTest, InventedTokensAreChargedToTheirAddress) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Take(absl::StrCat("invented", i), "a"));
  EXPECT_FALSE(Take("another", "a"));
  EXPECT_FALSE(Take("", "a"));
  EXPECT_TRUE(Take("another", "b"));
}

TEST_F(RateLimiterTest, NobodyVerifiesForAnAddressThatIsExhausted) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Take("", "a"));
  int verified = 0;
  const auto count = [&verified](absl::string_view) -> std::optional<Owner> {
    ++verified;
    return std::nullopt;
  };
  EXPECT_TRUE(limiter_.Take("invented", "a", kNow, count).has_value());
  EXPECT_EQ(verified, 0);
}

TEST_F(RateLimiterTest, AllTokensOfAPrincipalShareItsRateWhereverTheyAre) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Take(absl::StrCat("keys/k ", i), absl::StrCat("address", i)));
  }
  EXPECT_FALSE(Take("keys/k 0", "address0"));
  EXPECT_FALSE(Take("keys/k 3", "address3")) << "a new token brings nothing";
  EXPECT_TRUE(Take("keys/other 1", "address3"));
}

TEST_F(RateLimiterTest, AKnownTokenDoesNotPayForItsAddress) {
  EXPECT_TRUE(Take("users/u 1", "a"));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(Take("", "a"));
  EXPECT_FALSE(Take("", "a"));
  EXPECT_TRUE(Take("users/u 1", "a"));
  limiter_.Distrust("users/u 1");
  EXPECT_FALSE(Take("users/u 1", "a")) << "as whoever has no token";
}

TEST_F(RateLimiterTest, ATokenThatHasEndedCountsForItsAddress) {
  EXPECT_TRUE(Take("users/u 1", "a"));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Take("", "b", kEnd));
  EXPECT_FALSE(Take("users/u 1", "b", kEnd));
}

TEST_F(RateLimiterTest, APrincipalThatIsSpeltAsAnAddressIsNotOne) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Take("victim 1", absl::StrCat("address", i)));
  EXPECT_FALSE(Take("victim 1", "a"));
  EXPECT_TRUE(Take("", "victim"));
}

TEST_F(RateLimiterTest, AClockThatGoesBackGivesNothing) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Take("", "a"));
  EXPECT_FALSE(Take("", "a", kNow - absl::Hours(1)));
}

TEST_F(RateLimiterTest, ManyCallersDoNotFillMemory) {
  for (size_t i = 0; i < 3 * RateLimiter::kMaxCallers; ++i) {
    EXPECT_TRUE(Take("", absl::StrCat("caller", i)));
    EXPECT_TRUE(Take(absl::StrCat("users/u", i, " 1"), absl::StrCat("caller", i)));
  }
}

}  // namespace
}  // namespace regulars::gateway
