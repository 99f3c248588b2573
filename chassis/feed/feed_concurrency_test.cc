// The feed under many threads, without gRPC, so that ThreadSanitizer sees all of it: writers
// publish, followers wait for the position and read, old events are pruned meanwhile.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/feed/feed_service.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

constexpr int kWriters = 3;
constexpr int kChanges = 150;
constexpr int kEventsPerChange = 2;
constexpr int64_t kEvents = int64_t{kWriters} * kChanges * kEventsPerChange;

// Waits until the feed is further than `after`.
void AwaitBeyond(Store& store, int64_t after) {
  std::mutex mutex;
  std::condition_variable moved;
  bool woken = false;
  store.writer().position().Wait(after, absl::Now() + absl::Seconds(60), [&] {
    std::lock_guard lock(mutex);
    woken = true;
    moved.notify_one();
  });
  std::unique_lock lock(mutex);
  moved.wait(lock, [&] { return woken; });
}

// Reads on from `last`, and moves it. A gap is there only where events have been pruned.
void ReadOn(Store& store, int64_t& last) {
  ASSERT_OK(store.readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto oldest,
                          db.Sql("SELECT COALESCE(MIN(position), 0) FROM feed").First<int64_t>());
    int64_t expected = std::max(last + 1, *oldest);
    return db.Sql("SELECT position, subject FROM feed WHERE position > ? ORDER BY position", last)
        .Each<int64_t, std::string>([&](int64_t position, const std::string&) -> absl::Status {
          EXPECT_EQ(position, expected);
          last = position;
          ++expected;
          return absl::OkStatus();
        });
  }));
}

TEST(FeedConcurrency, FollowersSeeEveryPositionInOrderWhileOthersWriteAndPrune) {
  testing::TempStore store{absl::Span<const Migration>()};
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&store] {
      for (int i = 0; i < kChanges; ++i) {
        EXPECT_OK(store->writer().Write(Lane::kInteractive, {}, [i](Transaction& tx) {
          for (int e = 0; e < kEventsPerChange; ++e) {
            tx.Publish({.type = "test", .subject = absl::StrCat("boxes/", i)});
          }
          return absl::OkStatus();
        }));
      }
    });
  }
  for (int f = 0; f < 2; ++f) {
    threads.emplace_back([&store] {
      for (int64_t last = 0; last < kEvents && !::testing::Test::HasFailure();) {
        AwaitBeyond(*store, last);
        ReadOn(*store, last);
      }
    });
  }
  std::atomic<bool> done{false};
  std::atomic<int64_t> pruned{0};
  std::thread pruner([&] {
    while (!done) {
      store.clock().Advance(absl::Milliseconds(1));
      EXPECT_OK(store->writer().Write(Lane::kTasks, {}, [&](Transaction& tx) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(const int64_t gone, PruneFeed(tx, tx.now(), 20));
        pruned += gone;
        return absl::OkStatus();
      }));
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  pruner.join();
  EXPECT_EQ(store->writer().position().position(), kEvents);
  EXPECT_GT(pruned, 0);
  EXPECT_LT(pruned, kEvents) << "the newest event stays";
}

}  // namespace
}  // namespace regulars
