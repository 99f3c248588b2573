#include "chassis/csv/byte_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars::csv {
namespace {

absl::Status NegativeOffset() {
  return OutOfRange("OFFSET_NEGATIVE", "a file has no bytes before its beginning");
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> FileSource::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return NotFound("FILE_UNREADABLE", absl::StrCat("cannot open the file: ", strerror(errno)));
  }
  // A hint; without it reading is slower and no less right.
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::unique_ptr<ByteSource>(new FileSource(descriptor));
}

FileSource::~FileSource() { close(descriptor_); }

absl::StatusOr<size_t> FileSource::Read(char* to, size_t size) {
  ssize_t got;
  do {
    got = pread(descriptor_, to, size, offset_);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return Error(absl::StatusCode::kDataLoss,
                 absl::StrCat("cannot read the file at byte ", offset_, ": ", strerror(errno)),
                 {.reason = "FILE_UNREADABLE"});
  }
  offset_ += got;
  return static_cast<size_t>(got);
}

absl::Status FileSource::Seek(int64_t offset) {
  if (offset < 0) return NegativeOffset();
  offset_ = offset;
  return absl::OkStatus();
}

absl::StatusOr<size_t> BufferSource::Read(char* to, size_t size) {
  const size_t count = std::min(size, bytes_.size() - offset_);
  std::copy_n(bytes_.data() + offset_, count, to);
  offset_ += count;
  return count;
}

absl::Status BufferSource::Seek(int64_t offset) {
  if (offset < 0) return NegativeOffset();
  offset_ = std::min(static_cast<size_t>(offset), bytes_.size());
  return absl::OkStatus();
}

}  // namespace regulars::csv
