#include "chassis/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "chassis/base/durable.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars {
namespace {

constexpr mode_t kOwnerOnly = 0600;

absl::Status Unwritable(const std::string& path) {
  return FailedPrecondition("FILE_UNWRITABLE",
                            absl::StrCat("cannot write '", path, "': ", std::strerror(errno)));
}

bool WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// Writes a file that nobody has open yet, through to the disk.
absl::Status WriteNew(const std::string& path, absl::string_view content, mode_t mode) {
  unlink(path.c_str());  // Left by a process that was killed.
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (fd < 0) return Unwritable(path);
  const bool written = WriteAll(fd, content) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
  const absl::Status status = written ? absl::OkStatus() : Unwritable(path);
  close(fd);
  return status;
}

}  // namespace

absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, mode_t mode) {
  const std::string temporary = absl::StrCat(path, ".new");
  ABSL_RETURN_IF_ERROR(WriteNew(temporary, content, mode));
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const absl::Status status = Unwritable(path);
    unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(std::filesystem::path(path).parent_path());
}

}  // namespace regulars
