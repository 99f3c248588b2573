#include "chassis/storage/scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars {
namespace {

// What Append() gathers before it writes.
constexpr size_t kWriteBytes = 256 << 10;
// What a run reads at once, at most and at least.
constexpr size_t kMaxReadBytes = 64 << 10;
constexpr size_t kMinReadBytes = 4 << 10;
constexpr absl::Duration kRetryWhenFull = absl::Seconds(60);
constexpr absl::Duration kRetryAfterError = absl::Seconds(5);

absl::Status DiskError(absl::string_view doing) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot ", doing, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) {
    return ResourceExhausted("SCRATCH_FULL", message, kRetryWhenFull);
  }
  return Unavailable("SCRATCH_IO", message, kRetryAfterError);
}

// Lengths before a record in a run.
struct Lengths {
  uint32_t key;
  uint32_t value;
};

absl::StatusOr<int> OpenNameless(const std::string& folder) {
  std::string name = absl::StrCat(folder, "/scratch-XXXXXX");
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return DiskError("make a scratch file");
  // Without a name it goes with its descriptor.
  unlink(name.c_str());
  return descriptor;
}

absl::Status WriteAt(int descriptor, int64_t offset, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return DiskError("write to a scratch file");
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ScratchFile>> ScratchFile::Make(const std::string& folder) {
  ABSL_ASSIGN_OR_RETURN(const int descriptor, OpenNameless(folder));
  return std::unique_ptr<ScratchFile>(new ScratchFile(descriptor));
}

ScratchFile::~ScratchFile() { close(descriptor_); }

absl::Status ScratchFile::Append(absl::string_view bytes) {
  absl::StrAppend(&pending_, bytes);
  return pending_.size() < kWriteBytes ? absl::OkStatus() : Flush();
}

absl::Status ScratchFile::Flush() {
  ABSL_RETURN_IF_ERROR(WriteAt(descriptor_, size_, pending_));
  size_ += static_cast<int64_t>(pending_.size());
  pending_.clear();
  return absl::OkStatus();
}

absl::Status ScratchFile::Read(int64_t offset, size_t size, char* to) const {
  while (size > 0) {
    const ssize_t got = pread(descriptor_, to, size, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return DiskError("read a scratch file");
    // Places come from what was written, so that a file that ends before is damaged.
    if (got == 0) return absl::DataLossError("a scratch file is too short");
    size -= static_cast<size_t>(got);
    to += got;
    offset += got;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ScratchNumbers>> ScratchNumbers::Make(const std::string& folder) {
  ABSL_ASSIGN_OR_RETURN(const int descriptor, OpenNameless(folder));
  return std::unique_ptr<ScratchNumbers>(new ScratchNumbers(descriptor));
}

ScratchNumbers::~ScratchNumbers() { close(descriptor_); }

absl::StatusOr<int64_t> ScratchNumbers::Get(int64_t index) const {
  int64_t number = 0;
  while (true) {
    const ssize_t got =
        pread(descriptor_, &number, sizeof number, index * static_cast<int64_t>(sizeof number));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return DiskError("read a scratch file");
    // Behind the end of the file nothing was set: numbers are written whole.
    return got == static_cast<ssize_t>(sizeof number) ? number : 0;
  }
}

absl::Status ScratchNumbers::Set(int64_t index, int64_t number) {
  return WriteAt(descriptor_, index * static_cast<int64_t>(sizeof number),
                 {reinterpret_cast<const char*>(&number), sizeof number});
}

struct Sorter::Record {
  // The first bytes of the key, so that most comparisons look no further.
  uint64_t prefix;
  size_t begin;
  uint32_t key_size;
  uint32_t value_size;
};

// A sorted piece of the file, read from its beginning to its end.
class Sorter::Run {
 public:
  Run(const ScratchFile& file, int64_t begin, int64_t end) : file_(file), at_(begin), end_(end) {}

  void set_read_bytes(size_t bytes) { read_bytes_ = bytes; }

  // Stands on the next record; false at the end.
  absl::StatusOr<bool> Next() {
    begin_ += sizeof(Lengths) + key_.size() + value_.size();
    if (!started_) begin_ = 0;
    started_ = true;
    if (begin_ == buffer_.size() && at_ == end_) return false;
    ABSL_RETURN_IF_ERROR(Hold(sizeof(Lengths)));
    Lengths lengths;
    std::memcpy(&lengths, buffer_.data() + begin_, sizeof lengths);
    ABSL_RETURN_IF_ERROR(Hold(sizeof lengths + lengths.key + lengths.value));
    const char* const record = buffer_.data() + begin_ + sizeof lengths;
    key_ = {record, lengths.key};
    value_ = {record + lengths.key, lengths.value};
    return true;
  }

  absl::string_view key() const { return key_; }
  absl::string_view value() const { return value_; }

 private:
  // Sees to it that `size` bytes from begin_ on are in the buffer.
  absl::Status Hold(size_t size) {
    if (buffer_.size() - begin_ >= size) return absl::OkStatus();
    buffer_.erase(0, begin_);
    begin_ = 0;
    const auto rest = static_cast<size_t>(end_ - at_);
    const size_t held = buffer_.size();
    const size_t wanted = std::min(std::max(read_bytes_, size - held), rest);
    buffer_.resize(held + wanted);
    ABSL_RETURN_IF_ERROR(file_.Read(at_, wanted, buffer_.data() + held));
    at_ += static_cast<int64_t>(wanted);
    if (buffer_.size() < size) return absl::DataLossError("a scratch file is damaged");
    return absl::OkStatus();
  }

  const ScratchFile& file_;
  int64_t at_;
  const int64_t end_;
  size_t read_bytes_ = kMaxReadBytes;
  bool started_ = false;
  std::string buffer_;
  size_t begin_ = 0;
  absl::string_view key_;
  absl::string_view value_;
};

Sorter::Sorter(Options options) : options_(std::move(options)) {}
Sorter::~Sorter() = default;
Sorter::Sorter(Sorter&&) noexcept = default;
Sorter& Sorter::operator=(Sorter&&) noexcept = default;

absl::Status Sorter::Add(absl::string_view key, absl::string_view value) {
  // Callers bound what they add far below.
  CHECK(key.size() + value.size() <= kMaxRecordBytes);
  const size_t size = key.size() + value.size();
  // Growing by copies would take as much again; what is not written to costs nothing.
  if (buffer_.capacity() < options_.memory_bytes) buffer_.reserve(options_.memory_bytes);
  const size_t used = buffer_.size() + records_.size() * sizeof(Record);
  if (!records_.empty() && used + size + sizeof(Record) > options_.memory_bytes) {
    ABSL_RETURN_IF_ERROR(Spill());
  }
  unsigned char first[sizeof(uint64_t)] = {};
  std::memcpy(first, key.data(), std::min(key.size(), sizeof first));
  uint64_t prefix = 0;
  for (const unsigned char byte : first) prefix = prefix << 8 | byte;
  records_.push_back({prefix, buffer_.size(), static_cast<uint32_t>(key.size()),
                      static_cast<uint32_t>(value.size())});
  absl::StrAppend(&buffer_, key, value);
  ++count_;
  return absl::OkStatus();
}

void Sorter::SortBuffer() {
  const auto key_of = [this](const Record& record) {
    return absl::string_view(buffer_).substr(record.begin, record.key_size);
  };
  std::sort(records_.begin(), records_.end(), [&](const Record& a, const Record& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : key_of(a) < key_of(b);
  });
}

absl::Status Sorter::Spill() {
  if (file_ == nullptr) {
    ABSL_ASSIGN_OR_RETURN(file_, ScratchFile::Make(options_.folder));
  }
  SortBuffer();
  const int64_t begin = file_->size();
  for (const Record& record : records_) {
    const Lengths lengths{record.key_size, record.value_size};
    ABSL_RETURN_IF_ERROR(file_->Append({reinterpret_cast<const char*>(&lengths), sizeof lengths}));
    ABSL_RETURN_IF_ERROR(file_->Append(
        absl::string_view(buffer_).substr(record.begin, record.key_size + record.value_size)));
  }
  runs_.push_back(std::make_unique<Run>(*file_, begin, file_->size()));
  records_.clear();
  buffer_.clear();
  return absl::OkStatus();
}

namespace {

// A heap has its greatest in front: here that is the least key.
constexpr auto kLater = [](const auto* a, const auto* b) { return a->key() > b->key(); };

}  // namespace

absl::Status Sorter::Finish() {
  if (runs_.empty()) {
    SortBuffer();
    return absl::OkStatus();
  }
  if (!records_.empty()) ABSL_RETURN_IF_ERROR(Spill());
  ABSL_RETURN_IF_ERROR(file_->Flush());
  records_ = {};
  buffer_ = {};
  // Half of what adding took: of many runs and of few, merging is not the peak.
  const size_t share = options_.memory_bytes / 2 / runs_.size();
  for (const auto& run : runs_) {
    run->set_read_bytes(std::clamp(share, kMinReadBytes, kMaxReadBytes));
    ABSL_ASSIGN_OR_RETURN(const bool found, run->Next());
    if (found) heap_.push_back(run.get());
  }
  std::make_heap(heap_.begin(), heap_.end(), kLater);
  return absl::OkStatus();
}

absl::StatusOr<bool> Sorter::Next() {
  if (runs_.empty()) {
    if (next_in_memory_ == records_.size()) return false;
    const Record& record = records_[next_in_memory_++];
    key_ = absl::string_view(buffer_).substr(record.begin, record.key_size);
    value_ = absl::string_view(buffer_).substr(record.begin + record.key_size, record.value_size);
    return true;
  }
  // The run that the last record came from stands at the heap's end until now, so that the record
  // stayed valid.
  if (on_run_) {
    ABSL_ASSIGN_OR_RETURN(const bool found, heap_.back()->Next());
    if (found) {
      std::push_heap(heap_.begin(), heap_.end(), kLater);
    } else {
      heap_.pop_back();
    }
  }
  on_run_ = !heap_.empty();
  if (!on_run_) return false;
  std::pop_heap(heap_.begin(), heap_.end(), kLater);
  key_ = heap_.back()->key();
  value_ = heap_.back()->value();
  return true;
}

}  // namespace regulars
