#include "chassis/base/durable.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(5);

absl::Status Sync(const std::filesystem::path& path, int flags) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  if (synced) return absl::OkStatus();
  return Unavailable("DISK_NOT_SYNCED", absl::StrCat("cannot sync '", path.string(), "'"),
                     kRetryAfter);
}

}  // namespace

absl::Status SyncFile(const std::filesystem::path& path) { return Sync(path, 0); }

absl::Status SyncFolder(const std::filesystem::path& folder) {
  return Sync(folder.empty() ? "." : folder, O_DIRECTORY);
}

}  // namespace regulars
