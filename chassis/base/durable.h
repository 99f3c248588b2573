// Makes files last through a power cut: what is written and what is named are synced separately.
//
//   ABSL_RETURN_IF_ERROR(SyncFile(half));
//   std::filesystem::rename(half, path, error);
//   ABSL_RETURN_IF_ERROR(SyncFolder(std::filesystem::path(path).parent_path()));
//
// These wait for the disk. Errors: UNAVAILABLE with DISK_NOT_SYNCED.
#ifndef CHASSIS_BASE_DURABLE_H_
#define CHASSIS_BASE_DURABLE_H_

#include <filesystem>

#include "absl/status/status.h"

namespace regulars {

// The content of a file.
absl::Status SyncFile(const std::filesystem::path& path);

// The names in a folder; "" is the current one.
absl::Status SyncFolder(const std::filesystem::path& folder);

}  // namespace regulars

#endif  // CHASSIS_BASE_DURABLE_H_
