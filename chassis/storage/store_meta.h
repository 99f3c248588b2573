// What a store says of itself.
#ifndef CHASSIS_STORAGE_STORE_META_H_
#define CHASSIS_STORAGE_STORE_META_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"

namespace regulars {

struct StoreMeta {
  // Names this line of history; a restore begins a new one.
  std::string epoch;
  // Position of the newest event; 0 without any.
  int64_t head_position = 0;
  // How far a sandbox's clock is ahead of the machine's.
  absl::Duration clock_ahead;
};

absl::StatusOr<StoreMeta> ReadStoreMeta(Snapshot& db);

// Number of the newest schema change of `component` ("customer") that the store has; 0: none.
absl::StatusOr<int64_t> SchemaVersion(Snapshot& db, absl::string_view component);

// Moves the sandbox's clock forward; how far it is ahead then.
absl::StatusOr<absl::Duration> MoveClock(Transaction& tx, absl::Duration by);

}  // namespace regulars

#endif  // CHASSIS_STORAGE_STORE_META_H_
