#include "gateway/domain/attempts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(AttemptsTest, WaitsDoubleUpToABound) {
  // 15 s after the fifth failure, then doubled, at most 15 minutes.
  const int seconds[] = {0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900};
  Attempts attempts;
  absl::Time now = kStart;
  for (const int wait : seconds) {
    attempts = AfterFailure(attempts, kPerUserAndSource, now);
    EXPECT_EQ(WaitFor(attempts, now), absl::Seconds(wait)) << attempts.failures;
    now += absl::Seconds(wait) + absl::Seconds(1);
    EXPECT_EQ(WaitFor(attempts, now), absl::ZeroDuration());
  }
}

TEST(AttemptsTest, TheWaitRunsDown) {
  Attempts attempts;
  for (int i = 0; i < 5; ++i) attempts = AfterFailure(attempts, kPerUserAndSource, kStart);
  EXPECT_EQ(WaitFor(attempts, kStart + absl::Seconds(5)), absl::Seconds(10));
  EXPECT_EQ(WaitFor(attempts, kStart + absl::Seconds(15)), absl::ZeroDuration());
}

TEST(AttemptsTest, FailuresAreForgotten) {
  Attempts attempts;
  for (int i = 0; i < 30; ++i) attempts = AfterFailure(attempts, kPerUserAndSource, kStart);
  attempts = AfterFailure(attempts, kPerUserAndSource, kStart + kPerUserAndSource.forget_after);
  EXPECT_EQ(attempts.failures, 1);
  EXPECT_EQ(WaitFor(attempts, kStart + kPerUserAndSource.forget_after), absl::ZeroDuration());
}

TEST(AttemptsTest, ManyFailuresDoNotOverflow) {
  Attempts attempts = {.failures = int64_t{1} << 40, .last_time = kStart};
  attempts = AfterFailure(attempts, kPerUserAndSource, kStart);
  EXPECT_EQ(WaitFor(attempts, kStart), kPerUserAndSource.longest_wait);
}

TEST(AttemptsTest, Sources) {
  EXPECT_EQ(SourceKey("192.0.2.7"), std::string("\xc0\x00\x02\x07", 4));
  EXPECT_NE(SourceKey("192.0.2.7"), SourceKey("192.0.2.8"));
  EXPECT_EQ(SourceKey("::ffff:192.0.2.7"), SourceKey("192.0.2.7"));
  EXPECT_EQ(SourceKey("2001:db8:1:2::5"), SourceKey("2001:db8:1:2:ffff::"));
  EXPECT_NE(SourceKey("2001:db8:1:2::5"), SourceKey("2001:db8:1:3::5"));
  for (const char* uncounted : {"", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1",
                                "example.com", "192.0.2.7:80", "unix:/x"}) {
    EXPECT_EQ(SourceKey(uncounted), "") << uncounted;
  }
}

}  // namespace
}  // namespace regulars::gateway
