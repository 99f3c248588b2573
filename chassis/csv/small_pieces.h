// A file that comes in small pieces, for tests and fuzzing.
#ifndef CHASSIS_CSV_SMALL_PIECES_H_
#define CHASSIS_CSV_SMALL_PIECES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/csv/byte_source.h"

namespace regulars::csv {

class SmallPieces : public ByteSource {
 public:
  // `bytes` in pieces of at most `piece`.
  SmallPieces(absl::string_view bytes, size_t piece) : buffer_(bytes), piece_(piece) {}
  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    return buffer_.Read(to, std::min(size, piece_));
  }
  absl::Status Seek(int64_t offset) override { return buffer_.Seek(offset); }

 private:
  BufferSource buffer_;
  const size_t piece_;
};

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_SMALL_PIECES_H_
