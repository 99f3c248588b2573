#include "gateway/rpc/files.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars::gateway {

absl::Status ProtectStoreFiles(const std::string& store_path) {
  constexpr mode_t kOwnerOnly = 0600;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string path = absl::StrCat(store_path, suffix);
    if (chmod(path.c_str(), kOwnerOnly) != 0 && errno != ENOENT) {
      return FailedPrecondition(
          "STORE_UNUSABLE", absl::StrCat("cannot protect '", path, "': ", std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

}  // namespace regulars::gateway
