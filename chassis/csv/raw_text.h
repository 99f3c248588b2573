// Stretches of a file as they stand in it, for people to see what was wrong with them.
//
//   RawText raw(std::move(source), reader->charset());
//   ABSL_ASSIGN_OR_RETURN(const std::string text, raw.Read(begin, end, 1000));
//
// Thread-compatible.
#ifndef CHASSIS_CSV_RAW_TEXT_H_
#define CHASSIS_CSV_RAW_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "chassis/csv/byte_source.h"
#include "chassis/csv/text_decoder.h"

namespace regulars::csv {

class RawText {
 public:
  RawText(std::unique_ptr<ByteSource> source, Charset charset)
      : source_(std::move(source)), charset_(charset) {}

  // The bytes from `begin` to `end` as UTF-8, at most `max_characters` of it, without line ends at
  // its end. What is no text, and NUL, becomes U+FFFD.
  absl::StatusOr<std::string> Read(int64_t begin, int64_t end, size_t max_characters);

 private:
  std::unique_ptr<ByteSource> source_;
  Charset charset_;
};

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_RAW_TEXT_H_
