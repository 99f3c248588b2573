// Files that a command line names; "-" is the standard input.
#ifndef CLI_FILES_H_
#define CLI_FILES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/client.h"
#include "cli/json.h"

namespace regulars::cli {

// Beyond this a file given for a small thing (JSON, a password) is the wrong one.
inline constexpr size_t kMaxSmallFileBytes = 16 << 20;

// The whole content. FAILED_PRECONDITION (LOCAL_FILE) if it cannot be read or is too large.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

// The first line, without its end: a password or a secret. Empty is an error.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

// A JSON object.
absl::StatusOr<Json> ReadJsonFile(const std::string& path);

// Replaces a file whole; only its owner can read it.
absl::Status WritePrivateFile(const std::string& path, absl::string_view content);

// A file of any size, to be sent.
struct OpenFile {
  std::unique_ptr<csv::ByteSource> source;
  int64_t size = -1;  // -1 for what is no regular file.
  bool repeatable = false;
};
absl::StatusOr<OpenFile> OpenToSend(const std::string& path);

absl::Status LocalFileError(absl::string_view path, absl::string_view why);

}  // namespace regulars::cli

#endif  // CLI_FILES_H_
