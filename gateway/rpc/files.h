// The few files that access writes.
#ifndef GATEWAY_RPC_FILES_H_
#define GATEWAY_RPC_FILES_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

// Whoever reads `path` sees the old content or the new one, never a part, even after a power cut.
// The file has `mode`, whatever the process's umask. FAILED_PRECONDITION with FILE_UNWRITABLE.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, mode_t mode);

// Takes everybody else's rights off the store's files: the signing keys are in them. Files that are
// made later inherit them. FAILED_PRECONDITION with STORE_UNUSABLE.
absl::Status ProtectStoreFiles(const std::string& store_path);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_FILES_H_
