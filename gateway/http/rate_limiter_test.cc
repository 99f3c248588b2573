#include "gateway/http/rate_limiter.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace regulars::gateway {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1000);

TEST(RateLimiter, LetsABurstThroughAndThenTheRate) {
  RateLimiter limiter(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.Take("", "a", kNow)) << i;
  const auto wait = limiter.Take("", "a", kNow);
  ASSERT_TRUE(wait.has_value());
  EXPECT_NEAR(absl::ToDoubleSeconds(*wait), 0.1, 1e-9);
  EXPECT_FALSE(limiter.Take("", "b", kNow)) << "callers do not share";
  EXPECT_FALSE(limiter.Take("", "a", kNow + absl::Milliseconds(101)));
  EXPECT_TRUE(limiter.Take("", "a", kNow + absl::Milliseconds(102)));
}

TEST(RateLimiter, InventedTokensAreChargedToTheirAddress) {
  RateLimiter limiter(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.Take(absl::StrCat("invented", i), "a", kNow));
  EXPECT_TRUE(limiter.Take("another", "a", kNow));
  EXPECT_TRUE(limiter.Take("", "a", kNow));
  EXPECT_FALSE(limiter.Take("another", "b", kNow));
}

TEST(RateLimiter, TrustedTokensHaveTheirOwnRateWhereverTheyAre) {
  RateLimiter limiter(10, 3);
  limiter.Trust("token", kNow);
  limiter.Trust("other", kNow);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(limiter.Take("", "a", kNow));
    EXPECT_FALSE(limiter.Take("token", absl::StrCat("address", i), kNow));
  }
  limiter.Trust("token", kNow);
  EXPECT_TRUE(limiter.Take("token", "a", kNow)) << "being trusted again gives nothing";
  EXPECT_FALSE(limiter.Take("other", "a", kNow)) << "its address may be exhausted";
  limiter.Distrust("other");
  EXPECT_TRUE(limiter.Take("other", "a", kNow)) << "as whoever has no token";
}

TEST(RateLimiter, ATokenThatIsSpeltAsAnAddressIsNotOne) {
  RateLimiter limiter(10, 1);
  EXPECT_FALSE(limiter.Take("", "victim", kNow));
  EXPECT_FALSE(limiter.Take("victim", "a", kNow));
  EXPECT_TRUE(limiter.Take("victim", "a", kNow));
}

TEST(RateLimiter, AClockThatGoesBackGivesNothing) {
  RateLimiter limiter(10, 1);
  EXPECT_FALSE(limiter.Take("", "a", kNow));
  EXPECT_TRUE(limiter.Take("", "a", kNow - absl::Hours(1)));
}

TEST(RateLimiter, ManyCallersDoNotFillMemory) {
  RateLimiter limiter(1, 1);
  for (size_t i = 0; i < 3 * RateLimiter::kMaxCallers; ++i) {
    EXPECT_FALSE(limiter.Take("", absl::StrCat("caller", i), kNow));
    limiter.Trust(absl::StrCat("token", i), kNow);
    EXPECT_FALSE(limiter.Take(absl::StrCat("token", i), "", kNow));
  }
}

}  // namespace
}  // namespace regulars::gateway
