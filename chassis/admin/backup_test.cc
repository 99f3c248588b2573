// Backups asked for over gRPC, made while the store works, and restored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "chassis/admin/admin_fixture.h"
#include "chassis/auth/sha256.h"
#include "chassis/storage/backup_table.h"

namespace regulars::admin {
namespace {

using ::google::longrunning::Operation;
using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// The rows of the test's table up to `last`, as one text.
std::string Rows(Store& store, int64_t last) {
  std::string rows;
  EXPECT_OK(store.readers().Run({}, [&](Snapshot& db) {
    return db.Sql("SELECT n, v FROM t WHERE n <= ? ORDER BY n", last)
        .Each<int64_t, Bytes>(
            [&](int64_t n, const Bytes& v) { absl::StrAppend(&rows, n, " ", v.value, "\n"); });
  }));
  return rows;
}

class BackupTest : public AdminFixture {
 protected:
  absl::StatusOr<Operation> Create(const std::string& id, const std::string& request_id = "") {
    v1::CreateBackupRequest request;
    request.set_backup_id(id);
    request.set_request_id(request_id);
    return Call(&Admin::CreateBackup, request);
  }

  absl::StatusOr<v1::Backup> Get(const std::string& name) {
    v1::GetBackupRequest request;
    request.set_name(name);
    return Call(&Admin::GetBackup, request);
  }

  std::string PathOf(const std::string& id) {
    return folder_.File(absl::StrCat("backups/test/", id, ".db"));
  }

  // The n-th change: a row and an event, whose position is n.
  absl::Status WriteRow(int64_t n) {
    return server_.store().Write([&](Transaction& tx) -> absl::Status {
      tx.Publish({.type = "t", .subject = "s"});
      const Bytes filler{absl::StrCat("row ", n, std::string(3000, 'x'))};
      return tx.Sql("INSERT INTO t VALUES (?, ?)", n, filler).Run();
    });
  }
};

TEST_F(BackupTest, MadeDuringWritesItIsASnapshotAtItsPosition) {
  int64_t n = 0;
  while (n < 2000) ASSERT_OK(WriteRow(++n));
  runner_->Start();
  std::atomic<bool> stop{false};
  std::thread writing([&] {
    while (!stop) EXPECT_OK(WriteRow(++n));
  });
  ASSERT_OK_AND_ASSIGN(const Operation started, Create("monday"));
  v1::CreateBackupMetadata metadata;
  ASSERT_TRUE(started.metadata().UnpackTo(&metadata));
  EXPECT_EQ(metadata.backup(), "backups/monday");
  EXPECT_FALSE(started.done());
  const Operation done = AwaitDone(started.name());
  stop = true;
  writing.join();
  v1::Backup backup;
  ASSERT_TRUE(done.response().UnpackTo(&backup)) << done.ShortDebugString();
  EXPECT_EQ(backup.name(), "backups/monday");
  EXPECT_EQ(backup.state(), v1::Backup::STATE_READY);
  EXPECT_EQ(backup.path(), PathOf("monday"));
  EXPECT_EQ(backup.epoch(), server_.store()->writer().epoch());
  EXPECT_TRUE(backup.has_finish_time());
  EXPECT_GE(backup.position(), 2000);
  EXPECT_LE(backup.position(), n);
  const std::string bytes = ReadFile(backup.path());
  EXPECT_EQ(backup.size_bytes(), static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(backup.sha256(), absl::BytesToHexString(auth::AsView(auth::Sha256(bytes))));
  ASSERT_OK_AND_ASSIGN(const v1::Backup got, Get("backups/monday"));
  EXPECT_EQ(got.SerializeAsString(), backup.SerializeAsString());

  const std::string path = folder_.File("restored.db");
  ASSERT_OK(Restore(backup.path(), path, "test"));
  ASSERT_OK_AND_ASSIGN(
      auto restored, Store::Open({.path = path, .service = "test", .migrations = kTestMigrations}));
  EXPECT_EQ(restored->writer().position().position(), backup.position());
  EXPECT_NE(restored->writer().epoch(), backup.epoch());
  EXPECT_EQ(Rows(*restored, n), Rows(*server_.store(), backup.position()));
  EXPECT_EQ(ReadFile(backup.path()), bytes) << "restoring leaves the backup as it was";

  // The copy holds the backup as it was then: being written. Its store gives that up.
  TaskRunner runner(*restored);
  runner.Add(kBackupTask, BackupTask(*restored));
  runner.Start();
  size_t known = 1;
  for (int i = 0; i < 1000 && known > 0; ++i) {
    ASSERT_OK(restored->readers().Run({}, [&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto list, backups::List(db, 0, 10));
      known = list.size();
      return absl::OkStatus();
    }));
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(known, 0u);
  EXPECT_EQ(ReadFile(backup.path()), bytes);
}

TEST_F(BackupTest, RefusesBadRequests) {
  for (const char* id : {"Monday", "a/b", "..", "a.db", "a b", "ä"}) {
    EXPECT_FALSE(Create(id).ok()) << id;
  }
  EXPECT_THAT(Create("Monday"), HasReason("INVALID_BACKUP_ID"));
  EXPECT_THAT(Create("../x"), HasReason("INVALID_BACKUP_ID"));
  EXPECT_THAT(Create(std::string(64, 'a')), HasReason("INVALID_BACKUP_ID"));
  EXPECT_THAT(Get(""), HasReason("NAME_MISSING"));
  EXPECT_THAT(Get("backup/x"), HasReason("INVALID_NAME"));
  EXPECT_THAT(Get("backups/x"), HasReason("BACKUP_NOT_FOUND"));
  v1::ListBackupsRequest list;
  list.set_page_size(-1);
  EXPECT_THAT(Call(&Admin::ListBackups, list), HasReason("INVALID_PAGE_SIZE"));
  list.set_page_size(0);
  list.set_page_token("x");
  EXPECT_THAT(Call(&Admin::ListBackups, list), HasReason("INVALID_PAGE_TOKEN"));
  environment_->backup_folder.clear();
  EXPECT_THAT(Create("monday"), HasReason("NO_BACKUP_FOLDER"));
  EXPECT_THAT(Create("monday"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(BackupTest, OneAtATimeAndNoIdTwice) {
  WriteFile(PathOf("taken"), "somebody's");
  EXPECT_THAT(Create("taken"), HasReason("BACKUP_EXISTS"));
  EXPECT_THAT(Create("taken"), StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_OK_AND_ASSIGN(const Operation first, Create("first", "id-1"));
  EXPECT_THAT(Create("second"), HasReason("BACKUP_RUNNING"));
  EXPECT_THAT(Create("second"), StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK_AND_ASSIGN(const Operation again, Create("first", "id-1"));
  EXPECT_EQ(again.name(), first.name()) << "a repeat gets the first answer";
  EXPECT_EQ(Get("backups/first")->state(), v1::Backup::STATE_RUNNING);
  runner_->Start();
  AwaitDone(first.name());
  EXPECT_THAT(Create("first"), HasReason("BACKUP_EXISTS"));
  ASSERT_OK_AND_ASSIGN(const Operation late, Create("first", "id-1"));
  EXPECT_EQ(late.name(), first.name());
  ASSERT_OK_AND_ASSIGN(const Operation second, Create("second"));
  EXPECT_TRUE(AwaitDone(second.name()).has_response());
  EXPECT_EQ(ReadFile(PathOf("taken")), "somebody's");
}

TEST_F(BackupTest, AreListedNewestFirst) {
  runner_->Start();
  for (const char* id : {"one", "two", ""}) {
    ASSERT_OK_AND_ASSIGN(const Operation operation, Create(id));
    AwaitDone(operation.name());
  }
  v1::ListBackupsRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(&Admin::ListBackups, request));
    for (const v1::Backup& backup : page.backups()) names.push_back(backup.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  // The test's clock stands at 1,700,000,000 s: 2023-11-14 22:13:20 UTC.
  EXPECT_THAT(names, ElementsAre("backups/20231114-221320-000", "backups/two", "backups/one"));
}

TEST_F(BackupTest, OneThatFailsLeavesNoFileAndCanBeTriedAgain) {
  WriteFile(folder_.File("backups"), "a file, no folder");
  runner_->Start();
  ASSERT_OK_AND_ASSIGN(const Operation operation, Create("monday"));
  EXPECT_EQ(GetErrorDetails(FromProto(AwaitDone(operation.name()).error())).reason,
            "BACKUP_FAILED");
  ASSERT_OK_AND_ASSIGN(const v1::Backup failed, Get("backups/monday"));
  EXPECT_EQ(failed.state(), v1::Backup::STATE_FAILED);
  EXPECT_EQ(GetErrorDetails(FromProto(failed.error())).reason, "BACKUP_FAILED");
  EXPECT_TRUE(failed.has_finish_time());
  EXPECT_FALSE(std::filesystem::exists(PathOf("monday")));

  std::filesystem::remove(folder_.File("backups"));
  v1::RetryTaskRequest retry;
  retry.set_name(absl::StrCat("tasks/", operation.name().substr(11)));
  ASSERT_OK_AND_ASSIGN(const v1::Task task, Call(&Admin::RetryTask, retry));
  EXPECT_EQ(task.operation(), operation.name());
  EXPECT_EQ(task.resource(), "backups/monday");
  EXPECT_TRUE(AwaitDone(operation.name()).has_response());
  ASSERT_OK_AND_ASSIGN(const v1::Backup ready, Get("backups/monday"));
  EXPECT_EQ(ready.state(), v1::Backup::STATE_READY);
  EXPECT_FALSE(ready.has_error());
  EXPECT_TRUE(std::filesystem::exists(PathOf("monday")));
}

TEST_F(BackupTest, WhatAProcessThatDiedLeftIsMadeAnew) {
  ASSERT_OK(WriteRow(1));
  ASSERT_OK_AND_ASSIGN(const Operation operation, Create("monday"));
  WriteFile(PathOf("monday"), "complete, but the process died before it said so");
  WriteFile(PathOf("monday") + ".part", "half");
  WriteFile(PathOf("sunday") + ".part", "half of an earlier one");
  runner_->Start();
  EXPECT_TRUE(AwaitDone(operation.name()).has_response());
  ASSERT_OK_AND_ASSIGN(const v1::Backup backup, Get("backups/monday"));
  EXPECT_EQ(backup.position(), 1);
  EXPECT_EQ(backup.sha256(),
            absl::BytesToHexString(auth::AsView(auth::Sha256(ReadFile(PathOf("monday"))))));
  EXPECT_FALSE(std::filesystem::exists(PathOf("monday") + ".part"));
  EXPECT_FALSE(std::filesystem::exists(PathOf("sunday") + ".part"));
}

TEST_F(BackupTest, OneThatIsCancelledLeavesNoFile) {
  for (int64_t n = 1; n <= 3000; ++n) ASSERT_OK(WriteRow(n));
  // Once before it is begun, once (most likely) under way.
  for (const char* id : {"before", "during"}) {
    ASSERT_OK_AND_ASSIGN(const Operation operation, Create(id));
    google::longrunning::CancelOperationRequest cancel;
    cancel.set_name(operation.name());
    ASSERT_OK(Call(&Operations::CancelOperation, cancel));
    EXPECT_EQ(AwaitDone(operation.name()).error().code(), 1);
    EXPECT_EQ(Get(absl::StrCat("backups/", id))->state(), v1::Backup::STATE_FAILED);
    if (std::string(id) == "before") runner_->Start();
  }
  ASSERT_OK_AND_ASSIGN(const Operation next, Create("next"));
  EXPECT_TRUE(AwaitDone(next.name()).has_response());
  EXPECT_FALSE(std::filesystem::exists(PathOf("before")));
  EXPECT_FALSE(std::filesystem::exists(PathOf("during")));
}

}  // namespace
}  // namespace regulars::admin
