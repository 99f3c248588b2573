// Online backup: copies a store a few pages at a time between the writer's groups, from the writing
// connection itself, so that changes made meanwhile go into the copy too and it never starts over.
#ifndef CHASSIS_STORAGE_BACKUP_H_
#define CHASSIS_STORAGE_BACKUP_H_

#include <atomic>
#include <cstdint>
#include <future>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/storage/writer.h"

namespace regulars {

// How far a backup has come, in pages; read by other threads. The store may grow meanwhile.
struct BackupProgress {
  std::atomic<int64_t> done{0};
  std::atomic<int64_t> total{0};
};

// Begins to copy the writer's store to `path`, which must not exist; the future tells how it ended:
// UNAVAILABLE with STOPPING when the writer stops before. `progress` may be null, and must last
// until then.
absl::StatusOr<std::future<absl::Status>> StartBackup(Writer& writer, const std::string& path,
                                                      BackupProgress* progress);

// Copies the writer's store to `path`, which must not exist, and waits for the end.
absl::Status RunBackup(Writer& writer, const std::string& path);

// Position of the newest event in a file that RunBackup made. FAILED_PRECONDITION if it is none.
absl::StatusOr<int64_t> ReadBackupPosition(const std::string& path);

}  // namespace regulars

#endif  // CHASSIS_STORAGE_BACKUP_H_
