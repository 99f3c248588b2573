#include "campaign-svc/delivery/pace.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace regulars::campaign {
namespace {

TEST(Hold, DoublesAndEnds) {
  FakeClock clock(absl::FromUnixSeconds(1'700'000'000));
  Hold hold(clock, Pace::kFirstHold, Pace::kLongestHold);
  EXPECT_EQ(hold.until(), absl::InfinitePast());
  absl::Duration expected = absl::Seconds(5);
  bool began = false;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(hold.Begin(&began), clock.Now() + expected);
    EXPECT_TRUE(began);
    // Mails that fail together are one failure.
    EXPECT_EQ(hold.Begin(&began), clock.Now() + expected);
    EXPECT_FALSE(began);
    EXPECT_TRUE(hold.Holds());
    clock.Advance(expected);
    expected = std::min(expected * 2, absl::Duration(absl::Minutes(5)));
  }
  EXPECT_FALSE(hold.Holds());
  hold.End();
  EXPECT_EQ(hold.until(), absl::InfinitePast());
  EXPECT_EQ(hold.Begin(), clock.Now() + absl::Seconds(5));
}

TEST(Hold, AClockThatIsSetBackMakesItNoLonger) {
  FakeClock clock(absl::FromUnixSeconds(1'700'000'000));
  Hold hold(clock, Pace::kFirstHold, Pace::kLongestHold);
  hold.Begin();
  clock.Set(clock.Now() - absl::Hours(1));
  EXPECT_EQ(hold.until(), clock.Now() + absl::Seconds(5));
  clock.Advance(absl::Seconds(3));
  EXPECT_TRUE(hold.Holds());
  clock.Advance(absl::Seconds(2));
  EXPECT_FALSE(hold.Holds());
}

// With both lanes waiting, four slots of five are the single messages'; and neither is starved.
TEST(Pace, LanesShareTheSlots) {
  Pace pace(SystemClock());
  std::atomic<int> taken[2] = {0, 0};
  std::atomic<int> total{0};
  constexpr int kSlots = 200;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, lane = i % 2 == 0 ? SendLane::kSingle : SendLane::kCampaign] {
      while (total < kSlots && pace.Acquire(lane, 2000)) {
        ++total;
        ++taken[static_cast<int>(lane)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(taken[0], kSlots * 7 / 10);
  EXPECT_GT(taken[1], kSlots / 10);
}

// The time of day is not what slots go by: it may be set back, or stand still.
TEST(Pace, SlotsComeWhateverTheClockSays) {
  FakeClock clock(absl::FromUnixSeconds(1'700'000'000));
  Pace pace(clock);
  EXPECT_TRUE(pace.Acquire(SendLane::kCampaign, 100));
  clock.Set(clock.Now() - absl::Hours(1));
  EXPECT_TRUE(pace.Acquire(SendLane::kCampaign, 100));
}

TEST(Pace, NobodyWaitsForTheEnd) {
  FakeClock clock(absl::FromUnixSeconds(1'700'000'000));
  Pace pace(clock);
  EXPECT_TRUE(pace.Acquire(SendLane::kCampaign, 1));
  // The next slot is a second away.
  std::thread waiting([&] { EXPECT_FALSE(pace.Acquire(SendLane::kCampaign, 1)); });
  pace.Stop();
  waiting.join();
  EXPECT_FALSE(pace.Acquire(SendLane::kSingle, 0));
}

}  // namespace
}  // namespace regulars::campaign
