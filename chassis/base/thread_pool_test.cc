#include "chassis/base/thread_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <vector>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/thread_gate.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::ThreadGate;

TEST(ThreadPool, TheQueueIsBounded) {
  constexpr int kThreads = 2;
  constexpr int kQueue = 3;
  ThreadPool pool(kThreads, kQueue);
  ThreadGate gate;
  for (int i = 0; i < kThreads; ++i) {
    gate.Hold([&](auto wait) { EXPECT_OK(pool.Post(wait)); });
  }
  std::vector<std::future<void>> ran;
  const auto post = [&] {
    auto done = std::make_shared<std::promise<void>>();
    ran.push_back(done->get_future());
    return pool.Post([done = std::move(done)] { done->set_value(); });
  };
  for (int i = 0; i < kQueue; ++i) EXPECT_OK(post());
  const absl::Status full = post();
  ASSERT_THAT(full, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(full, HasReason("QUEUE_FULL"));
  EXPECT_EQ(GetErrorDetails(full).retry_after, absl::Milliseconds(100));
  EXPECT_THROW(ran.back().get(), std::future_error) << "it was destroyed, not run";
  ran.pop_back();
  gate.Release();
  for (std::future<void>& done : ran) done.get();
  EXPECT_OK(post());
  ran.back().get();
}

TEST(ThreadPool, WhatIsQueuedAtTheEndIsRun) {
  constexpr int kTasks = 10;
  std::atomic<int> ran{0};
  {
    ThreadPool pool(1, kTasks);
    ThreadGate gate;
    gate.Hold([&](auto wait) { EXPECT_OK(pool.Post(wait)); });
    for (int i = 0; i < kTasks; ++i) EXPECT_OK(pool.Post([&] { ++ran; }));
    EXPECT_EQ(ran, 0);
  }
  EXPECT_EQ(ran, kTasks);
}

}  // namespace
}  // namespace regulars
