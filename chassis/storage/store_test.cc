#include "chassis/storage/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempDir;
using ::regulars::testing::TempStore;

constexpr Migration kTwo[] = {{1, "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)"},
                              {2, "CREATE INDEX t_v ON t(v); CREATE TABLE u(id INTEGER)"}};
const absl::Span<const Migration> kOne = absl::MakeConstSpan(kTwo).first(1);

int64_t Count(Store& store, absl::string_view table) {
  int64_t count = -1;
  const std::string sql = absl::StrCat("SELECT COUNT(*) FROM ", table);
  EXPECT_OK(store.readers().Run({}, [&](Snapshot& db) {
    ABSL_ASSIGN_OR_RETURN(auto got, db.Sql(sql).First<int64_t>());
    count = *got;
    return absl::OkStatus();
  }));
  return count;
}

TEST(Store, RefusesASecondOwner) {
  TempStore store(kOne);
  EXPECT_THAT(Store::Open({.path = store.path(), .service = "test", .migrations = kOne}).status(),
              HasReason("STORE_HELD"));
}

TEST(Store, MigratesForwardAndRefusesANewerStore) {
  TempDir dir;
  const std::string path = dir.File("s.db");
  ASSERT_OK(Store::Open({.path = path, .service = "test", .migrations = kOne}));
  {
    ASSERT_OK_AND_ASSIGN(auto store,
                         Store::Open({.path = path, .service = "test", .migrations = kTwo}));
    EXPECT_EQ(Count(*store, "u"), 0);
  }
  EXPECT_THAT(Store::Open({.path = path, .service = "test", .migrations = kOne}).status(),
              HasReason("STORE_TOO_NEW"));
}

TEST(Store, AMigrationThatFailsLeavesNothing) {
  TempDir dir;
  const Migration broken[] = {{1, "CREATE TABLE a(x); CREATE TABLE a(x)"}};
  const std::string path = dir.File("s.db");
  EXPECT_FALSE(Store::Open({.path = path, .service = "test", .migrations = broken}).ok());
  ASSERT_OK_AND_ASSIGN(auto store,
                       Store::Open({.path = path, .service = "test", .migrations = kOne}));
  EXPECT_EQ(Count(*store, "sqlite_master WHERE name = 'a'"), 0);
}

TEST(Store, AFolderThatIsNotThereIsAnError) {
  TempDir dir;
  EXPECT_THAT(
      Store::Open({.path = dir.File("no/such.db"), .service = "test", .migrations = kOne}).status(),
      HasReason("STORE_UNUSABLE"));
}

TEST(Store, BackupTakenDuringWritesIsWholeAndRestoresUnderANewEpoch) {
  TempStore store(kTwo);
  std::atomic<bool> stop{false};
  std::atomic<int64_t> acknowledged{0};
  const auto write = [&] {
    // Two rows a change: a backup with an odd number would hold half of one.
    EXPECT_OK(store.Write([](Transaction& tx) {
      const Bytes filler{std::string(2000, 'x')};
      ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO t(v) VALUES (?)", filler).Run());
      return tx.Sql("INSERT INTO t(v) VALUES (?)", filler).Run();
    }));
    acknowledged += 2;
  };
  for (int i = 0; i < 1000; ++i) write();
  const int64_t before = acknowledged;
  std::thread writing([&] {
    while (!stop) write();
  });
  const std::string copy = store.folder() + "/copy.db";
  EXPECT_OK(store->Backup(copy));
  stop = true;
  writing.join();
  EXPECT_THAT(store->Backup(copy), HasReason("BACKUP_EXISTS"));

  const std::string restored = store.folder() + "/restored.db";
  EXPECT_THAT(Restore(copy, restored, "other"), HasReason("BACKUP_OF_ANOTHER"));
  EXPECT_THAT(Restore(copy, store.path(), "test"), HasReason("STORE_HELD"));
  EXPECT_THAT(Restore(copy + "x", restored, "test"), HasReason("BACKUP_UNREADABLE"));
  const std::string stale = restored + "-wal";
  fclose(fopen(stale.c_str(), "w"));
  EXPECT_THAT(Restore(copy, restored, "test"), HasReason("STORE_EXISTS")) << "an old log";
  std::filesystem::remove(stale);
  ASSERT_OK(Restore(copy, restored, "test"));
  EXPECT_FALSE(std::filesystem::exists(restored + ".restoring"));
  EXPECT_THAT(Restore(copy, restored, "test"), HasReason("STORE_EXISTS"));
  ASSERT_OK_AND_ASSIGN(auto second,
                       Store::Open({.path = restored, .service = "test", .migrations = kTwo}));
  const int64_t rows = Count(*second, "t");
  EXPECT_GE(rows, before);
  EXPECT_LE(rows, acknowledged);
  EXPECT_EQ(rows % 2, 0);
  EXPECT_NE(second->writer().epoch(), store->writer().epoch());
}

TEST(Store, ABackupToANameThatCannotBeIsRefusedAlone) {
  TempStore store(kOne);
  EXPECT_THAT(store->Backup(absl::StrCat(store.folder(), "/", std::string(300, 'x'))),
              HasReason("BACKUP_FAILED"));
  EXPECT_OK(store->Backup(store.folder() + "/copy.db"));
}

TEST(Store, RestoreTakesNothingOverFromAnAttemptThatWasKilled) {
  TempStore store(kOne, {.writer_limits = {.idle_before_truncate = absl::Hours(1)}});
  const auto add = [&] {
    ASSERT_OK(store.Write(
        [](Transaction& tx) { return tx.Sql("INSERT INTO t(v) VALUES (x'00')").Run(); }));
  };
  add();
  const std::string copy = store.folder() + "/copy.db";
  ASSERT_OK(store->Backup(copy));
  add();
  // A log of the same history that knows more than the backup.
  const std::string restored = store.folder() + "/restored.db";
  ASSERT_TRUE(std::filesystem::copy_file(store.path() + "-wal", restored + ".restoring-wal"));
  std::ofstream(restored + ".restoring") << "half";
  ASSERT_OK(Restore(copy, restored, "test"));
  ASSERT_OK_AND_ASSIGN(auto second,
                       Store::Open({.path = restored, .service = "test", .migrations = kOne}));
  EXPECT_EQ(Count(*second, "t"), 1);
}

TEST(Store, RestoreRefusesADamagedBackup) {
  TempDir dir;
  const std::string path = dir.File("bad.db");
  FILE* file = fopen(path.c_str(), "w");
  fputs("this is not a database, it only has the name of one, and is long enough", file);
  fclose(file);
  EXPECT_THAT(Restore(path, dir.File("out.db"), "test"), HasReason("BACKUP_DAMAGED"));
  EXPECT_FALSE(std::filesystem::exists(dir.File("out.db")));
}

TEST(Store, AFileThatIsNoStoreIsToldInPlainWords) {
  TempDir dir;
  const std::string path = dir.File("bad.db");
  std::ofstream(path) << std::string(5000, 'x');
  const absl::Status opened = Store::Open({.path = path, .service = "test"}).status();
  EXPECT_THAT(opened, HasReason("STORE_CORRUPT"));
  EXPECT_THAT(std::string(opened.message()), ::testing::HasSubstr(path));
  EXPECT_THAT(std::string(opened.message()), ::testing::Not(::testing::HasSubstr("script")));
}

TEST(Store, ClosingFinishesWhatIsQueued) {
  TempStore store(kOne);
  std::atomic<int> done{0};
  for (int i = 0; i < 500; ++i) {
    Change change;
    change.run = [](Transaction& tx) { return tx.Sql("INSERT INTO t(v) VALUES (x'00')").Run(); };
    change.done = [&](const absl::Status& status, int64_t) { done += status.ok(); };
    ASSERT_OK(store->writer().Submit(std::move(change)));
  }
  store.Reopen();
  EXPECT_EQ(done, 500);
  EXPECT_EQ(Count(*store, "t"), 500);
  store->writer().Stop();
  EXPECT_THAT(store.Write([](Transaction&) { return absl::OkStatus(); }),
              HasReason("STORE_CLOSED"));
}

TEST(Store, TheLogIsCopiedBackWhenIdle) {
  TempStore store(kOne, {.writer_limits = {.idle_before_truncate = absl::Milliseconds(20)}});
  ASSERT_OK(store.Write(
      [](Transaction& tx) { return tx.Sql("INSERT INTO t(v) VALUES (zeroblob(100000))").Run(); }));
  const std::string log = store.path() + "-wal";
  for (int i = 0; i < 200 && std::filesystem::file_size(log) > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(std::filesystem::file_size(log), 0u);
}

TEST(Store, TheLogIsEmptiedWhenAskedThoughOthersGoOnWriting) {
  TempStore store(kOne, {.writer_limits = {.idle_before_truncate = absl::Hours(1)}});
  const auto write = [&](const char* sql) {
    ASSERT_OK(store.Write([&](Transaction& tx) { return tx.Sql(sql).Run(); }));
  };
  const auto is_in_files = [&] {
    for (const char* suffix : {"", "-wal"}) {
      std::ifstream file(store.path() + suffix, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      if (absl::StrContains(bytes, "Heathcliff")) return true;
    }
    return false;
  };
  write("INSERT INTO t(v) VALUES ('Heathcliff')");
  write("DELETE FROM t");
  EXPECT_TRUE(is_in_files()) << "in the log";
  EXPECT_OK(store.Read([&](Snapshot& db) -> absl::Status {
    ABSL_RETURN_IF_ERROR(db.Sql("SELECT 1 FROM t").First<int64_t>().status());
    EXPECT_FALSE(store->EmptyLog()) << "somebody reads from it";
    return absl::OkStatus();
  }));
  EXPECT_TRUE(store->EmptyLog());
  EXPECT_FALSE(is_in_files());
  write("INSERT INTO t(v) VALUES ('others')");
  EXPECT_FALSE(is_in_files());
  EXPECT_EQ(Count(*store, "t"), 1);
  store->writer().Stop();
  EXPECT_FALSE(store->EmptyLog());
}

TEST(Store, ALogThatAReaderKeptIsCutOffLater) {
  TempStore store(kOne, {.writer_limits = {.idle_before_truncate = absl::Milliseconds(5)}});
  const std::string log = store.path() + "-wal";
  EXPECT_OK(store.Read([&](Snapshot& db) -> absl::Status {
    ABSL_RETURN_IF_ERROR(db.Sql("SELECT 1 FROM t").First<int64_t>().status());
    EXPECT_OK(store.Write(
        [](Transaction& tx) { return tx.Sql("INSERT INTO t(v) VALUES (x'00')").Run(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_GT(std::filesystem::file_size(log), 0u);
    return absl::OkStatus();
  }));
  for (int i = 0; i < 200 && std::filesystem::file_size(log) > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(std::filesystem::file_size(log), 0u);
}

}  // namespace
}  // namespace regulars
