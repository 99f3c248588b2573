// A writer whose commit failed and whose store cannot be opened again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "chassis/storage/writer.h"
#include "chassis/testing/fail_commits.h"
#include "chassis/testing/fault_vfs.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::regulars::testing::FaultVfs;
using ::regulars::testing::HasReason;
using ::regulars::testing::TempStore;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};
constexpr std::chrono::seconds kPatience{20};

absl::Status Insert(Transaction& tx) { return tx.Sql("INSERT INTO t VALUES (1)").Run(); }

class WriterReopenTest : public ::testing::Test {
 protected:
  Writer& writer() { return store_->writer(); }

  // From now on commits fail, and the store cannot be opened again: what it must hold is gone.
  void Spoil() {
    ASSERT_OK(store_.Write([](Transaction& tx) { return tx.Sql("DELETE FROM store_meta").Run(); }));
    ASSERT_OK(::regulars::testing::FailCommits(writer()));
  }

  // The store can be opened again.
  void Mend() {
    ASSERT_OK_AND_ASSIGN(const auto other, Connection::Open({.path = store_.path()}));
    ASSERT_OK(
        other->Sql("INSERT INTO store_meta (one, epoch, last_time) VALUES (1, 'mended', 0)").Run());
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!writer().healthy() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    ASSERT_TRUE(writer().healthy());
  }

  TempStore store_{kMigrations, {.writer_limits = {.reopen_interval = absl::Milliseconds(1)}}};
};

TEST_F(WriterReopenTest, AStoreWithoutItsFactsIsNotOpenedUntilItHasThem) {
  Spoil();
  EXPECT_FALSE(store_.Write(Insert).ok());
  EXPECT_FALSE(writer().healthy());
  EXPECT_THAT(store_.Write(Insert), HasReason("STORE_CLOSED"));
  Mend();
  EXPECT_OK(writer().Trouble());
  EXPECT_EQ(writer().epoch(), "mended");
  EXPECT_EQ(writer().counters().reopened, 1);
  EXPECT_OK(store_.Write(Insert));
}

TEST_F(WriterReopenTest, NoChoreWaitsMeanwhile) {
  Spoil();
  // Taken while all was well, and not begun when the commit fails.
  std::promise<void> promise;
  std::future<void> dropped = promise.get_future();
  EXPECT_FALSE(store_
                   .Write([&](Transaction& tx) {
                     EXPECT_OK(writer().AddChore(
                         [promise = std::move(promise)](Connection&) { return false; }));
                     return Insert(tx);
                   })
                   .ok());
  ASSERT_EQ(dropped.wait_for(kPatience), std::future_status::ready);
  EXPECT_THROW(dropped.get(), std::future_error) << "it was destroyed, not called";
  ASSERT_THAT(writer().AddChore([](Connection&) { return false; }), HasReason("STORE_CLOSED"));
  EXPECT_FALSE(writer().EmptyLog());
  EXPECT_THAT(store_->Backup(store_.folder() + "/copy.db"), HasReason("STORE_CLOSED"));
  Mend();
  EXPECT_TRUE(store_->EmptyLog());
  EXPECT_OK(store_->Backup(store_.folder() + "/copy.db"));
}

// A store on a disk that can be full.
class WriterFullTest : public ::testing::Test {
 protected:
  static StoreOptions On(const FaultVfs& disk, absl::Duration reopen_interval) {
    return {
        .writer_limits = {.reopen_interval = reopen_interval}, .readers = 1, .vfs = disk.name()};
  }

  // Writes until the disk has no room, whatever room the files had left.
  static void Fill(TempStore& store, FaultVfs& disk) {
    disk.SetFull(true);
    const std::string much(20'000, 'x');
    absl::Status status;
    for (int i = 0; i < 100 && status.ok(); ++i) {
      status = store.Write(
          [&](Transaction& tx) { return tx.Sql("INSERT INTO text VALUES (?)", much).Run(); });
    }
    ASSERT_THAT(status, HasReason("STORE_FULL"));
  }

  static constexpr Migration kTexts[] = {{1, "CREATE TABLE text(v TEXT NOT NULL)"}};
};

TEST_F(WriterFullTest, WhatCanBeOpenedButNotWrittenIsClosed) {
  FaultVfs disk(1);
  TempStore store(kTexts, On(disk, absl::Milliseconds(1)));
  ::testing::internal::CaptureStderr();
  ASSERT_NO_FATAL_FAILURE(Fill(store, disk));
  const int64_t refused = disk.refused();
  // It is tried again and again, with nobody writing, and stays closed.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (disk.refused() < refused + 5 && std::chrono::steady_clock::now() < end) {
    EXPECT_FALSE(store->writer().healthy());
  }
  EXPECT_GE(disk.refused(), refused + 5);
  EXPECT_THAT(store->writer().Trouble(), HasReason("STORE_FULL"));
  EXPECT_THAT(store.Write([](Transaction&) { return absl::OkStatus(); }), HasReason("STORE_FULL"));
  EXPECT_EQ(store->writer().counters().reopened, 0);
  disk.SetFull(false);
  while (!store->writer().healthy() && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
  EXPECT_OK(store->writer().Trouble());
  EXPECT_OK(store.Write(
      [](Transaction& tx) { return tx.Sql("INSERT INTO text VALUES ('there is room')").Run(); }));
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, ::testing::HasSubstr("the store takes no writes"));
  EXPECT_THAT(log, ::testing::HasSubstr("no room for the store to grow"));
  EXPECT_THAT(log, ::testing::HasSubstr("the store takes writes again"));
}

TEST_F(WriterFullTest, AttemptsAreNotMoreThanOneAnInterval) {
  FaultVfs disk(1);
  TempStore store(kTexts, On(disk, absl::Hours(1)));
  ASSERT_NO_FATAL_FAILURE(Fill(store, disk));
  const int64_t writes = disk.writes();
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(store.Write([](Transaction&) { return absl::OkStatus(); }),
                HasReason("STORE_FULL"));
  }
  EXPECT_LE(disk.writes(), writes + 20) << "one attempt, not a hundred";
}

TEST_F(WriterReopenTest, StoppingEndsTheAttempts) {
  Spoil();
  EXPECT_FALSE(store_.Write(Insert).ok());
  writer().Stop();
  EXPECT_FALSE(writer().healthy());
}

}  // namespace
}  // namespace regulars
