// What the writer counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <future>
#include <thread>

#include "chassis/storage/writer.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempStore;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};

absl::Status Insert(Transaction& tx) { return tx.Sql("INSERT INTO t VALUES (1)").Run(); }

// What was counted since the one before.
struct Counted {
  int64_t commits = 0;
  int64_t changes = 0;
  int64_t failed = 0;
  int64_t gone = 0;
  friend bool operator==(const Counted&, const Counted&) = default;
};

class WriterCountersTest : public ::testing::Test {
 protected:
  absl::Status Run(Change change) {
    std::promise<absl::Status> done;
    change.done = [&](const absl::Status& status, int64_t) { done.set_value(status); };
    ABSL_RETURN_IF_ERROR(store_->writer().Submit(std::move(change)));
    return done.get_future().get();
  }

  // Since it was asked the last time.
  Counted Since() {
    const Writer::Counters& counters = store_->writer().counters();
    const Counted now = {counters.commits, counters.changes, counters.failed, counters.gone};
    const Counted before = std::exchange(last_, now);
    return {now.commits - before.commits, now.changes - before.changes, now.failed - before.failed,
            now.gone - before.gone};
  }

  TempStore store_{kMigrations};
  Counted last_;
};

TEST_F(WriterCountersTest, ChangesAreThoseInTheStore) {
  Since();
  Change kept;
  kept.run = Insert;
  EXPECT_OK(Run(std::move(kept)));
  EXPECT_EQ(Since(), (Counted{.commits = 1, .changes = 1}));
  Change rehearsed;
  rehearsed.dry_run = true;
  rehearsed.run = Insert;
  EXPECT_OK(Run(std::move(rehearsed)));
  EXPECT_EQ(Since(), (Counted{.commits = 1}));
  Change failed;
  failed.run = [](Transaction&) { return absl::AbortedError("no"); };
  EXPECT_FALSE(Run(std::move(failed)).ok());
  EXPECT_EQ(Since(), (Counted{.commits = 1, .failed = 1}));
  Change left;
  left.gone = [] { return true; };
  left.run = Insert;
  EXPECT_THAT(Run(std::move(left)), HasReason("CALLER_GONE"));
  EXPECT_EQ(Since(), (Counted{.commits = 1, .failed = 1, .gone = 1}));
}

int DenyCommit(void*, int action, const char* operation, const char*, const char*, const char*) {
  const bool commits = action == SQLITE_TRANSACTION && absl::string_view(operation) == "COMMIT";
  return commits ? SQLITE_DENY : SQLITE_OK;
}

TEST_F(WriterCountersTest, ACommitThatFailsIsNone) {
  std::promise<void> set;
  ASSERT_OK(store_->writer().AddChore([&](Connection& connection) {
    sqlite3_set_authorizer(static_cast<sqlite3*>(connection.native_handle()), DenyCommit, nullptr);
    set.set_value();
    return false;
  }));
  set.get_future().wait();
  Since();
  Change lost;
  lost.run = Insert;
  EXPECT_FALSE(Run(std::move(lost)).ok());
  EXPECT_EQ(Since(), (Counted{.failed = 1}));
  while (!store_->writer().healthy()) std::this_thread::yield();
  EXPECT_OK(store_.Write(Insert));
  EXPECT_EQ(Since(), (Counted{.commits = 1, .changes = 1}));
}

}  // namespace
}  // namespace regulars
