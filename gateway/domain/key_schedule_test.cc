#include "gateway/domain/key_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
absl::Time Day(double day) { return kStart + day * absl::Hours(24); }

TEST(KeyScheduleTest, TheFirstKeySignsAtOnce) {
  EXPECT_EQ(NextKeySigns({}, kStart), kStart);
  EXPECT_EQ(SignerAt({kStart}, kStart), 0);
  EXPECT_EQ(SignerAt({kStart}, kStart - absl::Hours(1)), 0) << "a clock that was set back";
}

TEST(KeyScheduleTest, TheNextIsPublishedADayBeforeItSigns) {
  EXPECT_EQ(NextKeySigns({kStart}, Day(88.9)), std::nullopt);
  EXPECT_EQ(NextKeySigns({kStart}, Day(89)), Day(90));
  EXPECT_EQ(NextKeySigns({kStart, Day(90)}, Day(89.5)), std::nullopt);
  EXPECT_EQ(SignerAt({kStart, Day(90)}, Day(89.9)), 0);
  EXPECT_EQ(SignerAt({kStart, Day(90)}, Day(90)), 1);
}

TEST(KeyScheduleTest, AfterALongSleepTheNextStillHasItsDay) {
  EXPECT_EQ(NextKeySigns({kStart}, Day(400)), Day(401));
  EXPECT_EQ(SignerAt({kStart, Day(401)}, Day(400.5)), 0) << "the old one signs meanwhile";
}

TEST(KeyScheduleTest, AKeyStaysUntilItsTokensHaveEnded) {
  EXPECT_EQ(KeysDone({kStart}, Day(1000)), 0) << "the last is never dropped";
  EXPECT_EQ(KeysDone({kStart, Day(90)}, Day(90.9)), 0);
  EXPECT_EQ(KeysDone({kStart, Day(90)}, Day(91)), 1);
  EXPECT_EQ(KeysDone({kStart, Day(90), Day(180)}, Day(400)), 2);
}

// A year, hour by hour, with the rules that a verifier relies on.
TEST(KeyScheduleTest, AYear) {
  std::vector<absl::Time> keys;
  for (absl::Time now = kStart; now < Day(365); now += absl::Hours(1)) {
    const size_t done = KeysDone(keys, now);
    keys.erase(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(done));
    if (const auto signs = NextKeySigns(keys, now)) {
      EXPECT_GE(*signs, keys.empty() ? now : now + kKeyPublishedBefore);
      keys.push_back(*signs);
    }
    ASSERT_LE(keys.size(), 2);
    // Who signed an hour ago is still known.
    EXPECT_LE(keys[0], std::max(kStart, now - absl::Hours(1)));
  }
}

}  // namespace
}  // namespace regulars::gateway
