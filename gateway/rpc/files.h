// The files of the store of access.
#ifndef GATEWAY_RPC_FILES_H_
#define GATEWAY_RPC_FILES_H_

#include <string>

#include "absl/status/status.h"

namespace regulars::gateway {

// Takes everybody else's rights off the store's files: the signing keys are in them. Files that are
// made later inherit them. FAILED_PRECONDITION with STORE_UNUSABLE.
absl::Status ProtectStoreFiles(const std::string& store_path);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_FILES_H_
