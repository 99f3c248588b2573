#include "chassis/auth/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "chassis/testing/status_matchers.h"

namespace regulars::auth {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;

TEST(Gate, LetsFewInLetsFewWaitAndRefusesTheRest) {
  constexpr int kPlaces = 2;
  constexpr int kWaiting = 5;
  Gate gate(kPlaces, kWaiting);
  std::vector<Gate::Pass> held;
  for (int i = 0; i < kPlaces; ++i) {
    ASSERT_OK_AND_ASSIGN(Gate::Pass pass, gate.Enter());
    held.push_back(std::move(pass));
  }
  std::atomic<int> inside = kPlaces;
  std::atomic<int> most_inside = 0;
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWaiting; ++i) {
    threads.emplace_back([&] {
      const auto pass = gate.Enter();
      EXPECT_OK(pass);
      const int now_inside = ++inside;
      int most = most_inside;
      while (most < now_inside && !most_inside.compare_exchange_weak(most, now_inside)) {
      }
      ++served;
      --inside;
    });
  }
  while (gate.waiting() < kWaiting) std::this_thread::yield();
  EXPECT_EQ(served, 0);
  const auto refused = gate.Enter();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(refused.status(), HasReason("GATE_FULL"));

  inside -= kPlaces;
  held.clear();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, kWaiting);
  EXPECT_LE(most_inside, kPlaces);
  EXPECT_EQ(gate.waiting(), 0);
  EXPECT_OK(gate.Enter());
}

TEST(Gate, NeverLetsInMoreThanItsPlaces) {
  constexpr int kPlaces = 2;
  Gate gate(kPlaces, /*max_waiting=*/8);
  std::atomic<int> inside = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2'000; ++round) {
        const auto pass = gate.Enter();
        ASSERT_OK(pass);
        EXPECT_LE(++inside, kPlaces);
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace regulars::auth
