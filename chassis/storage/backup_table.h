// The backups that a store knows: rows about files, see backup.h for the files themselves.
#ifndef CHASSIS_STORAGE_BACKUP_TABLE_H_
#define CHASSIS_STORAGE_BACKUP_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"

namespace regulars::backups {

enum class State { kRunning, kReady, kFailed };

struct Backup {
  int64_t row = 0;
  std::string id;
  State state = State::kRunning;
  std::string path;
  int64_t size_bytes = 0;
  // Lower-case hexadecimal; "" until complete.
  std::string sha256;
  // Of the store that it was made of.
  std::string epoch;
  // Position of the newest event that it holds; 0 until complete.
  int64_t position = 0;
  // Why it failed, in the encoding of its maker; "" otherwise.
  std::string error;
  absl::Time create_time;
  std::optional<absl::Time> finish_time;
};

// Adds a running backup of this store.
absl::Status Insert(Transaction& tx, absl::string_view id, absl::string_view path);
// Writes back state, size, hash, position, error and finish time.
absl::Status Update(Transaction& tx, const Backup& backup);
absl::Status Delete(Transaction& tx, const Backup& backup);

absl::StatusOr<std::optional<Backup>> Find(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Backup>> FindRunning(Snapshot& db);
// Newest first, below row `before` (0: from the newest).
absl::StatusOr<std::vector<Backup>> List(Snapshot& db, int64_t before, int64_t limit);

}  // namespace regulars::backups

#endif  // CHASSIS_STORAGE_BACKUP_TABLE_H_
