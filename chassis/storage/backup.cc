#include "chassis/storage/backup.h"

#include <sqlite3.h>

#include <filesystem>
#include <future>
#include <memory>

#include "absl/strings/str_cat.h"
#include "chassis/base/durable.h"
#include "chassis/base/errors.h"

namespace regulars {
namespace {

// Pages copied between two groups: 1 MiB, about a millisecond.
constexpr int kPagesPerStep = 256;

absl::Status Failed(absl::string_view why) {
  return Unavailable("BACKUP_FAILED", absl::StrCat("the backup failed: ", why), absl::Seconds(5));
}

std::string HalfOf(const std::string& path) { return absl::StrCat(path, ".part"); }

// Brings a whole copy to the disk and gives it its name. Waits for the disk.
absl::Status Complete(const std::string& path) {
  std::error_code error;
  absl::Status status = SyncFile(HalfOf(path));
  if (status.ok()) {
    std::filesystem::rename(HalfOf(path), path, error);
    status =
        error ? Failed(error.message()) : SyncFolder(std::filesystem::path(path).parent_path());
  }
  if (!status.ok()) std::filesystem::remove(HalfOf(path), error);
  return status;
}

class Backup {
 public:
  Backup(std::string path, BackupProgress* progress)
      : path_(std::move(path)), half_(HalfOf(path_)), progress_(progress) {}
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  // A backup that dies unfinished leaves nothing behind and says so.
  ~Backup() {
    if (finished_) return;
    Finish(
        Unavailable("STOPPING", "the store closed before the backup was done", absl::Seconds(1)));
  }

  std::future<absl::Status> done() { return done_.get_future(); }

  // Copies some pages; false when there is nothing more to do.
  bool Step(Connection& source) {
    if (backup_ == nullptr && !Begin(source)) return false;
    const int code = sqlite3_backup_step(backup_, kPagesPerStep);
    if (progress_ != nullptr) {
      progress_->total = sqlite3_backup_pagecount(backup_);
      progress_->done = progress_->total - sqlite3_backup_remaining(backup_);
    }
    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return true;
    Finish(code == SQLITE_DONE ? absl::OkStatus() : Failed(sqlite3_errstr(code)));
    return false;
  }

 private:
  bool Begin(Connection& source) {
    std::error_code error;
    const bool exists = std::filesystem::exists(path_, error);
    if (exists || error) {
      Finish(exists
                 ? FailedPrecondition("BACKUP_EXISTS", absl::StrCat("'", path_, "' exists already"))
                 : Failed(error.message()));
      return false;
    }
    std::filesystem::remove(half_, error);
    // The last step would sync the whole copy on the writer's thread; Complete() does it instead.
    // It comes first: the target of a backup that has begun may not be used otherwise.
    if (sqlite3_open(half_.c_str(), &target_) == SQLITE_OK &&
        sqlite3_exec(target_, "PRAGMA synchronous=OFF", nullptr, nullptr, nullptr) == SQLITE_OK) {
      backup_ = sqlite3_backup_init(target_, "main", static_cast<sqlite3*>(source.native_handle()),
                                    "main");
    }
    if (backup_ == nullptr) Finish(Failed(sqlite3_errmsg(target_)));
    return backup_ != nullptr;
  }

  void Finish(absl::Status status) {
    finished_ = true;
    const bool copied = sqlite3_backup_finish(backup_) == SQLITE_OK;
    sqlite3_close(target_);
    if (status.ok() && !copied) status = Failed("its file could not be completed");
    std::error_code ignored;
    if (!status.ok()) std::filesystem::remove(half_, ignored);
    done_.set_value(std::move(status));
  }

  const std::string path_;
  const std::string half_;
  BackupProgress* const progress_;
  std::promise<absl::Status> done_;
  sqlite3* target_ = nullptr;
  sqlite3_backup* backup_ = nullptr;
  bool finished_ = false;
};

}  // namespace

absl::StatusOr<std::future<absl::Status>> StartBackup(Writer& writer, const std::string& path,
                                                      BackupProgress* progress) {
  auto backup = std::make_unique<Backup>(path, progress);
  std::future<absl::Status> done = backup->done();
  ABSL_RETURN_IF_ERROR(writer.AddChore(
      [backup = std::move(backup)](Connection& source) { return backup->Step(source); }));
  // Deferred: whoever asks for the end waits for the disk, and nobody else does.
  return std::async(std::launch::deferred, [path, copied = std::move(done)]() mutable {
    const absl::Status status = copied.get();
    return status.ok() ? Complete(path) : status;
  });
}

absl::Status RunBackup(Writer& writer, const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(std::future<absl::Status> done,
                        StartBackup(writer, path, /*progress=*/nullptr));
  return done.get();
}

absl::StatusOr<int64_t> ReadBackupPosition(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(auto connection, Connection::Open({.path = path, .read_only = true}));
  ABSL_ASSIGN_OR_RETURN(
      const auto head,
      connection->Sql("SELECT COALESCE(MAX(position), 0) FROM feed").First<int64_t>());
  return head.value_or(0);
}

}  // namespace regulars
