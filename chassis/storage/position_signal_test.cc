#include "chassis/storage/position_signal.h"

#include <gtest/gtest.h>

#include <vector>

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

TEST(PositionSignal, KeepsThoseAloneWhoWait) {
  PositionSignal signal;
  std::vector<int64_t> woken;
  std::vector<uint64_t> ids;
  for (const int64_t after : {7, 3, 9, 3, 5}) {
    ids.push_back(signal.Wait(after, absl::FromUnixSeconds(after),
                              [&woken, after] { woken.push_back(after); }));
  }
  EXPECT_EQ(signal.waiting(), 5);
  signal.Set(4);
  EXPECT_EQ(woken, (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(signal.waiting(), 3);
  for (const uint64_t gone : {ids[1], ids[3], uint64_t{0}, ids[4] + 1}) signal.Forget(gone);
  EXPECT_EQ(signal.waiting(), 3) << "they were called, or never there";
  signal.Forget(ids[4]);
  EXPECT_EQ(signal.waiting(), 2);
  signal.Expire(absl::FromUnixSeconds(8));
  EXPECT_EQ(woken, (std::vector<int64_t>{3, 3, 7}));
  signal.Set(100);
  EXPECT_EQ(woken, (std::vector<int64_t>{3, 3, 7, 9}));
  EXPECT_EQ(signal.waiting(), 0);
  signal.Wait(1, kNever, [] {});
  EXPECT_EQ(signal.waiting(), 0);
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
