#include "chassis/storage/reader_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "chassis/testing/thread_gate.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TempStore;
using ::regulars::testing::ThreadGate;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};

absl::Status Nothing(Snapshot&) { return absl::OkStatus(); }

TEST(ReaderPool, TheQueueIsBounded) {
  constexpr int kReaders = 2;
  constexpr size_t kQueue = 3;
  TempStore store(kMigrations, {.readers = kReaders, .read_queue = kQueue});
  ReaderPool& pool = store->readers();
  ThreadGate gate;
  for (int i = 0; i < kReaders; ++i) {
    gate.Hold([&](auto wait) {
      EXPECT_OK(pool.Submit({{}, [wait](absl::StatusOr<Snapshot*>) { wait(); }}));
    });
  }
  std::vector<std::future<void>> ran;
  const auto submit = [&] {
    auto done = std::make_shared<std::promise<void>>();
    ran.push_back(done->get_future());
    return pool.Submit({{}, [done = std::move(done)](absl::StatusOr<Snapshot*> snapshot) {
                          EXPECT_OK(snapshot);
                          done->set_value();
                        }});
  };
  for (size_t i = 0; i < kQueue; ++i) EXPECT_OK(submit());
  const absl::Status full = submit();
  ASSERT_THAT(full, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(full, HasReason("QUEUE_FULL"));
  EXPECT_EQ(GetErrorDetails(full).retry_after, absl::Milliseconds(50));
  EXPECT_THROW(ran.back().get(), std::future_error) << "it was destroyed, not run";
  ran.pop_back();
  EXPECT_THAT(store.Read(Nothing), HasReason("QUEUE_FULL"));
  EXPECT_EQ(pool.refused(), 2);
  EXPECT_EQ(pool.QueueLength(), kQueue);
  gate.Release();
  for (std::future<void>& done : ran) done.get();
  EXPECT_OK(store.Read(Nothing));
  EXPECT_EQ(pool.refused(), 2);
}

TEST(ReaderPool, ExceptionsBecomeErrors) {
  TempStore store(kMigrations, {.readers = 1});
  const absl::Status thrown =
      store.Read([](Snapshot&) -> absl::Status { throw std::runtime_error("out of cheese"); });
  EXPECT_THAT(thrown, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(thrown, HasReason("EXCEPTION"));
  const absl::Status no_memory =
      store.Read([](Snapshot&) -> absl::Status { throw std::bad_alloc(); });
  EXPECT_THAT(no_memory, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(no_memory, HasReason("OUT_OF_MEMORY"));
  EXPECT_OK(store.Read(Nothing));
}

std::atomic<bool> rollback_fails{false};

int Authorize(void*, int action, const char* operation, const char*, const char*, const char*) {
  const bool rolls_back =
      action == SQLITE_TRANSACTION && absl::string_view(operation) == "ROLLBACK";
  return rolls_back && rollback_fails.exchange(false) ? SQLITE_DENY : SQLITE_OK;
}

int Watch(sqlite3* db, char**, const void*) {
  return sqlite3_set_authorizer(db, Authorize, nullptr);
}

// It would show the state of that read for ever.
TEST(ReaderPool, AConnectionWhoseReadDoesNotEndIsReplaced) {
  const auto watch = reinterpret_cast<void (*)()>(Watch);
  ASSERT_EQ(sqlite3_auto_extension(watch), SQLITE_OK);
  {
    TempStore store(kMigrations, {.readers = 1});
    // Before the statement is prepared: later it is not asked for again.
    rollback_fails = true;
    EXPECT_OK(store.Read(
        [](Snapshot& db) { return db.Sql("SELECT v FROM t").Each<int64_t>([](int64_t) {}); }));
    EXPECT_OK(
        store.Write([](Transaction& tx) { return tx.Sql("INSERT INTO t VALUES (1)").Run(); }));
    int64_t rows = -1;
    EXPECT_OK(store.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto count, db.Sql("SELECT COUNT(*) FROM t").First<int64_t>());
      rows = *count;
      return absl::OkStatus();
    }));
    EXPECT_FALSE(rollback_fails);
    EXPECT_EQ(rows, 1);
  }
  sqlite3_cancel_auto_extension(watch);
}

}  // namespace
}  // namespace regulars
