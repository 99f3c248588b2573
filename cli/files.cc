#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "cli/interrupt.h"

namespace regulars::cli {
namespace {

// A file, a pipe or the standard input.
class DescriptorSource : public csv::ByteSource {
 public:
  explicit DescriptorSource(int descriptor) : descriptor_(descriptor) {}
  ~DescriptorSource() override {
    if (descriptor_ > STDIN_FILENO) close(descriptor_);
  }

  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    while (true) {
      const ssize_t got = read(descriptor_, to, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return LocalFileError("the input", std::strerror(errno));
      if (Interrupted()) return InterruptedError();
    }
  }

  absl::Status Seek(int64_t offset) override {
    if (lseek(descriptor_, offset, SEEK_SET) == offset) return absl::OkStatus();
    return LocalFileError("the input", "cannot be read twice");
  }

 private:
  const int descriptor_;
};

absl::Status WriteAll(int descriptor, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "write");
    if (written > 0) content.remove_prefix(static_cast<size_t>(written));
  }
  // Pipes and devices have nothing to sync.
  if (fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) {
    return absl::ErrnoToStatus(errno, "fsync");
  }
  return absl::OkStatus();
}

absl::Status WriteInto(const std::string& path, absl::string_view content) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return LocalFileError(path, std::strerror(errno));
  const absl::Status status = WriteAll(descriptor, content);
  close(descriptor);
  return status.ok() ? status : LocalFileError(path, status.message());
}

}  // namespace

absl::Status LocalFileError(absl::string_view path, absl::string_view why) {
  return FailedPrecondition("LOCAL_FILE", absl::StrCat(path, ": ", why));
}

absl::StatusOr<OpenFile> OpenToSend(const std::string& path) {
  const int descriptor = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return LocalFileError(path, std::strerror(errno));
  OpenFile file{.source = std::make_unique<DescriptorSource>(descriptor)};
  struct stat about = {};
  if (fstat(descriptor, &about) != 0) return LocalFileError(path, std::strerror(errno));
  if (S_ISDIR(about.st_mode)) return LocalFileError(path, "is a folder");
  // A redirected standard input may begin in the middle.
  file.repeatable = S_ISREG(about.st_mode) && lseek(descriptor, 0, SEEK_CUR) == 0;
  if (file.repeatable) file.size = about.st_size;
  return file;
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const OpenFile file, OpenToSend(path));
  std::string content;
  char piece[64 << 10];
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const size_t got, file.source->Read(piece, sizeof piece));
    if (got == 0) return content;
    content.append(piece, got);
    if (content.size() > kMaxSmallFileBytes) return LocalFileError(path, "is too large");
  }
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(std::string content, ReadSmallFile(path));
  if (!IsValidUtf8(content)) return LocalFileError(path, "is not UTF-8 text");
  return content;
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(std::string content, ReadTextFile(path));
  content.resize(std::min(content.find_first_of("\r\n"), content.size()));
  if (content.empty()) return LocalFileError(path, "its first line is empty");
  return content;
}

absl::StatusOr<Json> ReadJsonFile(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(path));
  absl::StatusOr<Json> json = ParseJson(content);
  if (!json.ok() || !json->is_object()) return LocalFileError(path, "does not hold a JSON object");
  return json;
}

bool IsStandardOutput(absl::string_view path) { return path == "-" || path == "/dev/stdout"; }

absl::Status WritePrivateFile(const std::string& path, absl::string_view content) {
  struct stat about = {};
  if (stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode)) return WriteInto(path, content);
  ABSL_ASSIGN_OR_RETURN(const auto room, PrivateFileRoom::Make(path, 0));
  return room->Write(content);
}

absl::StatusOr<std::unique_ptr<PrivateFileRoom>> PrivateFileRoom::Make(const std::string& path,
                                                                       size_t size) {
  std::error_code error;
  // What a symbolic link points to is replaced, not the link.
  const std::filesystem::path target = std::filesystem::exists(path, error)
                                           ? std::filesystem::canonical(path, error)
                                           : std::filesystem::path(path);
  const std::string temporary =
      absl::StrCat(target.string(), ".", SecureRandomSeed() % 1'000'000'000, ".new");
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return LocalFileError(path, std::strerror(errno));
  std::unique_ptr<PrivateFileRoom> room(
      new PrivateFileRoom(path, target.string(), temporary, descriptor));
  if (size == 0) return room;
  const absl::Status filled = WriteAll(descriptor, std::string(size, '\n'));
  if (!filled.ok()) return LocalFileError(path, filled.message());
  return room;
}

PrivateFileRoom::~PrivateFileRoom() {
  close(descriptor_);
  if (!written_) unlink(temporary_.c_str());
}

absl::Status PrivateFileRoom::Write(absl::string_view content) {
  const absl::Status status = Replace(content);
  written_ = status.ok();
  return written_ ? status : LocalFileError(path_, status.message());
}

absl::Status PrivateFileRoom::Replace(absl::string_view content) {
  struct stat about = {};
  if (fstat(descriptor_, &about) != 0) return absl::ErrnoToStatus(errno, "stat");
  if (lseek(descriptor_, 0, SEEK_SET) != 0) return absl::ErrnoToStatus(errno, "lseek");
  // Only what is too much is cut off: room that was given back could be taken by others.
  if (about.st_size > static_cast<off_t>(content.size()) &&
      ftruncate(descriptor_, static_cast<off_t>(content.size())) != 0) {
    return absl::ErrnoToStatus(errno, "ftruncate");
  }
  ABSL_RETURN_IF_ERROR(WriteAll(descriptor_, content));
  if (rename(temporary_.c_str(), target_.c_str()) != 0) return absl::ErrnoToStatus(errno, "rename");
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<NewPrivateFile>> NewPrivateFile::Create(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return LocalFileError(
        path, errno == EEXIST ? "exists already, and is not written over" : std::strerror(errno));
  }
  return std::unique_ptr<NewPrivateFile>(new NewPrivateFile(path, descriptor));
}

NewPrivateFile::~NewPrivateFile() {
  close(descriptor_);
  if (!written_) unlink(path_.c_str());
}

absl::Status NewPrivateFile::Write(absl::string_view content) {
  const absl::Status status = WriteAll(descriptor_, content);
  if (!status.ok()) return LocalFileError(path_, status.message());
  written_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<NewPrivateFile>> NewSecretFile(const std::string& name) {
  if (name.empty() || IsStandardOutput(name)) return nullptr;
  return NewPrivateFile::Create(name);
}

}  // namespace regulars::cli
