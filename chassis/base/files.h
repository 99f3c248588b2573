// Files that are written whole or not at all.
#ifndef CHASSIS_BASE_FILES_H_
#define CHASSIS_BASE_FILES_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars {

// Whoever reads `path` sees the old content or the new one, never a part, even after a power cut.
// The file has `mode`, whatever the process's umask. FAILED_PRECONDITION with FILE_UNWRITABLE.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, mode_t mode);

}  // namespace regulars

#endif  // CHASSIS_BASE_FILES_H_
