// Files that a command line names; "-" is the standard input.
#ifndef CLI_FILES_H_
#define CLI_FILES_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/client.h"
#include "cli/json.h"

namespace regulars::cli {

// Beyond this a file given for a small thing (JSON, a password) is the wrong one.
inline constexpr size_t kMaxSmallFileBytes = 16 << 20;

// The whole content. FAILED_PRECONDITION (LOCAL_FILE) if it cannot be read or is too large.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

// Likewise, and also if it is not UTF-8.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

// The first line, without its end: a password or a secret. Empty is an error.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

// A JSON object.
absl::StatusOr<Json> ReadJsonFile(const std::string& path);

// Whether `path`, given for an output, means the standard output: "-" or "/dev/stdout".
bool IsStandardOutput(absl::string_view path);

// Replaces a file whole; only its owner can read it. What is no regular file, such as a pipe or a
// device, is written into.
absl::Status WritePrivateFile(const std::string& path, absl::string_view content);

// The same in two steps, for content that must not be lost: the room for it is made before it is
// there, on the disk, and given back unless it is written.
class PrivateFileRoom {
 public:
  // Room for `size` bytes. FAILED_PRECONDITION (LOCAL_FILE) if there is none.
  static absl::StatusOr<std::unique_ptr<PrivateFileRoom>> Make(const std::string& path,
                                                               size_t size);
  ~PrivateFileRoom();
  PrivateFileRoom(const PrivateFileRoom&) = delete;
  PrivateFileRoom& operator=(const PrivateFileRoom&) = delete;

  // Puts `content`, of any size, in place of the file.
  absl::Status Write(absl::string_view content);

 private:
  PrivateFileRoom(std::string path, std::string target, std::string temporary, int descriptor)
      : path_(std::move(path)),
        target_(std::move(target)),
        temporary_(std::move(temporary)),
        descriptor_(descriptor) {}

  absl::Status Replace(absl::string_view content);

  const std::string path_;
  const std::string target_;
  const std::string temporary_;
  const int descriptor_;
  bool written_ = false;
};

// A file that was not there before: for what can be had only once, and must not take the place of
// another such thing. Only its owner can read it. It is made before there is anything to write, so
// that it is known to be possible, and goes again unless it is written.
class NewPrivateFile {
 public:
  // FAILED_PRECONDITION (LOCAL_FILE) if there is something of this name.
  static absl::StatusOr<std::unique_ptr<NewPrivateFile>> Create(const std::string& path);
  ~NewPrivateFile();
  NewPrivateFile(const NewPrivateFile&) = delete;
  NewPrivateFile& operator=(const NewPrivateFile&) = delete;

  const std::string& path() const { return path_; }
  absl::Status Write(absl::string_view content);

 private:
  NewPrivateFile(std::string path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor) {}

  const std::string path_;
  const int descriptor_;
  bool written_ = false;
};

// Where a secret goes that is to be kept in a file; null for the standard output, or without a
// name.
absl::StatusOr<std::unique_ptr<NewPrivateFile>> NewSecretFile(const std::string& name);

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
