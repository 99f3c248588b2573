// Writes one backup file on a thread of its own: copies the store, reads back up to where it goes,
// and hashes it. Whatever goes wrong, no file is left.
//
//   BackupJob job(store, "/var/backups/customer/monday.db");
//   while (!job.Wait(absl::Milliseconds(100))) Report(job.progress());
//   absl::StatusOr<BackupFile> file = job.result();
//
// Belongs to one thread, but for GiveUp().
#ifndef CHASSIS_ADMIN_BACKUP_JOB_H_
#define CHASSIS_ADMIN_BACKUP_JOB_H_

#include <atomic>
#include <cstdint>
#include <future>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/storage/backup.h"
#include "chassis/storage/store.h"

namespace regulars {

struct BackupFile {
  int64_t size_bytes = 0;
  std::string sha256;
  // Position of the newest event that it holds.
  int64_t position = 0;
};

class BackupJob {
 public:
  // Starts at once; `store` must be open, and may close before the work has ended. What lies at
  // `path` is of an attempt that did not end, and is replaced.
  BackupJob(Store& store, std::string path);
  // Waits for the thread: until the copy is done or the store closes. A complete file stays.
  ~BackupJob();

  // Waits at most `time`; whether the work has ended.
  bool Wait(absl::Duration time);
  // Once it has ended. UNAVAILABLE if the store closed; FAILED_PRECONDITION BACKUP_FAILED if the
  // folder does not take the file.
  const absl::StatusOr<BackupFile>& result() const { return result_.get(); }
  const BackupProgress& progress() const { return progress_; }

  // The file is no longer wanted: it is removed, now or when the work ends. Thread-safe.
  void GiveUp();
  bool given_up() const { return given_up_; }

 private:
  using Copying = absl::StatusOr<std::future<absl::Status>>;

  // On the caller's thread: the copying is under way.
  Copying Begin(Store& store);
  // On the job's own.
  absl::StatusOr<BackupFile> Run(Copying copying);
  absl::StatusOr<BackupFile> Finish(Copying copying) const;
  absl::StatusOr<std::string> Hash() const;

  const std::string path_;
  BackupProgress progress_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> given_up_{false};
  std::mutex mutex_;
  bool ended_ = false;  // Guarded by mutex_.
  std::shared_future<absl::StatusOr<BackupFile>> result_;
};

}  // namespace regulars

#endif  // CHASSIS_ADMIN_BACKUP_JOB_H_
