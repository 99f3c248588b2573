// Online backup: copies a store a few pages at a time between the writer's groups, from the writing
// connection itself, so that changes made meanwhile go into the copy too and it never starts over.
#ifndef CHASSIS_STORAGE_BACKUP_H_
#define CHASSIS_STORAGE_BACKUP_H_

#include <string>

#include "absl/status/status.h"
#include "chassis/storage/writer.h"

namespace regulars {

// Copies the writer's store to `path`, which must not exist, and waits for the end. UNAVAILABLE
// when the writer stops before.
absl::Status RunBackup(Writer& writer, const std::string& path);

}  // namespace regulars

#endif  // CHASSIS_STORAGE_BACKUP_H_
