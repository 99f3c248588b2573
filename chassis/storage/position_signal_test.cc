#include "chassis/storage/position_signal.h"

#include <gtest/gtest.h>

namespace regulars {
namespace {

constexpr absl::Time kNever = absl::InfiniteFuture();

TEST(PositionSignal, DeadlinesEndAWait) {
  PositionSignal signal;
  int woken = 0;
  signal.Wait(0, absl::FromUnixSeconds(100), [&] { ++woken; });
  signal.Expire(absl::FromUnixSeconds(99));
  EXPECT_EQ(woken, 0);
  signal.Expire(absl::FromUnixSeconds(100));
  EXPECT_EQ(woken, 1);
}

TEST(PositionSignal, WakesThoseWhosePositionHasPassed) {
  PositionSignal signal;
  int woken_at_0 = 0;
  int woken_at_5 = 0;
  signal.Wait(0, kNever, [&] { ++woken_at_0; });
  signal.Wait(5, kNever, [&] { ++woken_at_5; });
  signal.Set(5);
  EXPECT_EQ(woken_at_0, 1);
  EXPECT_EQ(woken_at_5, 0);
  signal.Set(6);
  EXPECT_EQ(woken_at_0, 1);
  EXPECT_EQ(woken_at_5, 1);
}

TEST(PositionSignal, CallsAtOnceWhenThePositionIsThere) {
  PositionSignal signal;
  signal.Set(3);
  int woken = 0;
  signal.Wait(2, kNever, [&] { ++woken; });
  EXPECT_EQ(woken, 1);
}

TEST(PositionSignal, AForgottenWaiterIsNotCalled) {
  PositionSignal signal;
  int woken = 0;
  signal.Forget(signal.Wait(0, kNever, [&] { ++woken; }));
  signal.Set(1);
  EXPECT_EQ(woken, 0);
}

TEST(PositionSignal, ClosingWakesEveryone) {
  PositionSignal signal;
  int woken = 0;
  signal.Wait(100, kNever, [&] { ++woken; });
  signal.Close();
  signal.Wait(100, kNever, [&] { ++woken; });
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(signal.position(), 0);
}

TEST(PositionSignal, NeverGoesBack) {
  PositionSignal signal;
  signal.Set(7);
  signal.Set(4);
  EXPECT_EQ(signal.position(), 7);
}

TEST(PositionSignal, IsPutBackOnPurposeAlone) {
  PositionSignal signal;
  signal.Set(7);
  signal.PutBack(2);
  int woken = 0;
  signal.Wait(2, kNever, [&] { ++woken; });
  EXPECT_EQ(woken, 0);
  signal.Set(3);
  EXPECT_EQ(woken, 1);
}

}  // namespace
}  // namespace regulars
