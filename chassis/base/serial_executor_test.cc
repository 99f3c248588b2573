#include "chassis/base/serial_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace regulars {
namespace {

TEST(SerialExecutor, RunsInOrderWhatIsQueued) {
  std::vector<int> got;
  std::vector<int> wanted;
  {
    SerialExecutor executor(3);
    for (int i = 0; i < 1000; ++i) {
      wanted.push_back(i);
      executor.Post([&got, i] { got.push_back(i); });
    }
  }
  EXPECT_EQ(got, wanted);
}

TEST(SerialExecutor, AFullQueueIsWaitedFor) {
  constexpr int kQueue = 3;
  std::promise<void> entered;
  std::promise<void> go_on;
  std::atomic<int> posted{0};
  SerialExecutor executor(kQueue);
  executor.Post([&] {
    entered.set_value();
    go_on.get_future().wait();
  });
  entered.get_future().wait();
  std::thread posting([&] {
    for (int i = 0; i < kQueue + 1; ++i) {
      executor.Post([] {});
      ++posted;
    }
  });
  while (posted < kQueue) std::this_thread::yield();
  // Time in which one more would come.
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_EQ(posted, kQueue);
  go_on.set_value();
  posting.join();
  EXPECT_EQ(posted, kQueue + 1);
}

}  // namespace
}  // namespace regulars
