// Where bytes are pulled from: a file, a buffer, or whatever else can start again at an offset.
//
//   ABSL_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, FileSource::Open("orders.csv"));
//
// Thread-compatible.
#ifndef CHASSIS_CSV_BYTE_SOURCE_H_
#define CHASSIS_CSV_BYTE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::csv {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads at most `size` bytes into `to` and says how many; 0 only at the end. `size` is positive.
  virtual absl::StatusOr<size_t> Read(char* to, size_t size) = 0;
  // The next Read begins `offset` bytes from the beginning; past the end it reads nothing.
  virtual absl::Status Seek(int64_t offset) = 0;
};

class FileSource : public ByteSource {
 public:
  static absl::StatusOr<std::unique_ptr<ByteSource>> Open(const std::string& path);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  absl::StatusOr<size_t> Read(char* to, size_t size) override;
  absl::Status Seek(int64_t offset) override;

 private:
  explicit FileSource(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
  int64_t offset_ = 0;
};

// Reads bytes that the caller keeps alive.
class BufferSource : public ByteSource {
 public:
  explicit BufferSource(absl::string_view bytes) : bytes_(bytes) {}

  absl::StatusOr<size_t> Read(char* to, size_t size) override;
  absl::Status Seek(int64_t offset) override;

 private:
  const absl::string_view bytes_;
  size_t offset_ = 0;
};

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_BYTE_SOURCE_H_
