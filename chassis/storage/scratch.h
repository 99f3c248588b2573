// Space for work that memory does not hold: a file without a name that goes with its owner, however
// the process ends, a list of numbers in one, and a sorter over such files.
//
//   Sorter sorter({.folder = "/var/lib/x/spool"});
//   ABSL_RETURN_IF_ERROR(sorter.Add(key, value));               // again and again
//   ABSL_RETURN_IF_ERROR(sorter.Finish());
//   while (true) {
//     ABSL_ASSIGN_OR_RETURN(const bool found, sorter.Next());
//     if (!found) break;
//     …sorter.key(), sorter.value()…
//   }
//
// Thread-compatible.
#ifndef CHASSIS_STORAGE_SCRATCH_H_
#define CHASSIS_STORAGE_SCRATCH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars {

// Bytes are put at its end and read at any place. Nothing of it is ever synced.
class ScratchFile {
 public:
  // RESOURCE_EXHAUSTED SCRATCH_FULL or UNAVAILABLE SCRATCH_IO, as all methods.
  static absl::StatusOr<std::unique_ptr<ScratchFile>> Make(const std::string& folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  absl::Status Append(absl::string_view bytes);
  // Where the next Append() goes.
  int64_t size() const { return size_ + static_cast<int64_t>(pending_.size()); }
  // Writes out what Append() still holds. Before reading.
  absl::Status Flush();
  // Reads exactly `size` bytes.
  absl::Status Read(int64_t offset, size_t size, char* to) const;

 private:
  explicit ScratchFile(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
  int64_t size_ = 0;
  std::string pending_;
};

// A list of numbers, as long as it needs to be: those that were never set are 0.
class ScratchNumbers {
 public:
  // Errors as of ScratchFile.
  static absl::StatusOr<std::unique_ptr<ScratchNumbers>> Make(const std::string& folder);
  ~ScratchNumbers();
  ScratchNumbers(const ScratchNumbers&) = delete;
  ScratchNumbers& operator=(const ScratchNumbers&) = delete;

  // `index` is not negative.
  absl::StatusOr<int64_t> Get(int64_t index) const;
  absl::Status Set(int64_t index, int64_t number);

 private:
  explicit ScratchNumbers(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

// Sorts records by their keys, bytewise; among equal keys the order is undefined. Takes about
// `memory_bytes` however many there are.
class Sorter {
 public:
  static constexpr size_t kMaxRecordBytes = 1 << 20;

  struct Options {
    std::string folder;
    size_t memory_bytes = 16 << 20;
  };

  explicit Sorter(Options options);
  ~Sorter();
  Sorter(Sorter&&) noexcept;
  Sorter& operator=(Sorter&&) noexcept;

  // Key and value are at most kMaxRecordBytes together.
  absl::Status Add(absl::string_view key, absl::string_view value);
  // Nothing is added after this.
  absl::Status Finish();

  int64_t count() const { return count_; }

  // Stands on the next record; false at the end.
  absl::StatusOr<bool> Next();
  // Of the record it stands on; valid until the next call.
  absl::string_view key() const { return key_; }
  absl::string_view value() const { return value_; }

 private:
  struct Record;
  class Run;

  absl::Status Spill();
  void SortBuffer();

  Options options_;
  int64_t count_ = 0;
  // Records in memory: their bytes, and where each lies.
  std::string buffer_;
  std::vector<Record> records_;
  size_t next_in_memory_ = 0;
  // Sorted pieces in the file, and their heap while reading.
  std::unique_ptr<ScratchFile> file_;
  std::vector<std::unique_ptr<Run>> runs_;
  std::vector<Run*> heap_;
  bool on_run_ = false;
  absl::string_view key_;
  absl::string_view value_;
};

}  // namespace regulars

#endif  // CHASSIS_STORAGE_SCRATCH_H_
