#include "campaign-svc/delivery/pace.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace regulars::campaign {
namespace {

TEST(Pace, HoldsDoubleAndEnd) {
  FakeClock clock(absl::FromUnixSeconds(1'700'000'000));
  Pace pace(clock);
  EXPECT_EQ(pace.held_until(), absl::InfinitePast());
  absl::Duration expected = absl::Seconds(5);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(pace.Hold(), clock.Now() + expected);
    // Mails that fail together are one failure.
    EXPECT_EQ(pace.Hold(), clock.Now() + expected);
    clock.Advance(expected);
    expected = std::min(expected * 2, absl::Duration(absl::Minutes(5)));
  }
  pace.Reached();
  EXPECT_EQ(pace.held_until(), absl::InfinitePast());
  EXPECT_EQ(pace.Hold(), clock.Now() + absl::Seconds(5));
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
  EXPECT_GT(taken[0], kSlots / 2);
  EXPECT_GT(taken[1], kSlots / 10);
}

TEST(Pace, NobodyWaitsForTheEnd) {
  FakeClock clock(absl::FromUnixSeconds(1'700'000'000));
  Pace pace(clock);
  EXPECT_TRUE(pace.Acquire(SendLane::kCampaign, 1));
  // The clock stands still, so the next slot never comes.
  std::thread waiting([&] { EXPECT_FALSE(pace.Acquire(SendLane::kCampaign, 1)); });
  pace.Stop();
  waiting.join();
  EXPECT_FALSE(pace.Acquire(SendLane::kSingle, 0));
}

}  // namespace
}  // namespace regulars::campaign
