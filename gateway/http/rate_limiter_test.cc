#include "gateway/http/rate_limiter.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace regulars::gateway {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1000);

TEST(RateLimiter, LetsABurstThroughAndThenTheRate) {
  RateLimiter limiter(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.Take("a", kNow)) << i;
  const auto wait = limiter.Take("a", kNow);
  ASSERT_TRUE(wait.has_value());
  EXPECT_NEAR(absl::ToDoubleSeconds(*wait), 0.1, 1e-9);
  EXPECT_FALSE(limiter.Take("b", kNow)) << "callers do not share";
  EXPECT_FALSE(limiter.Take("a", kNow + absl::Milliseconds(101)));
  EXPECT_TRUE(limiter.Take("a", kNow + absl::Milliseconds(102)));
}

TEST(RateLimiter, AClockThatGoesBackGivesNothing) {
  RateLimiter limiter(10, 1);
  EXPECT_FALSE(limiter.Take("a", kNow));
  EXPECT_TRUE(limiter.Take("a", kNow - absl::Hours(1)));
}

TEST(RateLimiter, ManyCallersDoNotFillMemory) {
  RateLimiter limiter(1, 1);
  for (size_t i = 0; i < 3 * RateLimiter::kMaxCallers; ++i) {
    EXPECT_FALSE(limiter.Take(absl::StrCat("caller", i), kNow));
  }
}

}  // namespace
}  // namespace regulars::gateway
