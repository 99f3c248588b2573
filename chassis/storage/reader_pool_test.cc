#include "chassis/storage/reader_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <new>
#include <stdexcept>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TempStore;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};

absl::Status Nothing(Snapshot&) { return absl::OkStatus(); }

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
