// Turns a file's bytes into UTF-8 piece by piece, in such a way that the length of any decoded
// stretch in the file can be told from the stretch alone: a reader of UTF-8 thereby knows the byte
// offsets of the file itself.
//
// What a charset does not allow becomes bytes that are not UTF-8, so that whoever checks the text
// finds the place: a lone surrogate becomes the three bytes that UTF-8 forbids for it, an undefined
// byte or half a unit becomes 0xFF.
//
// Thread-compatible.
#ifndef CHASSIS_CSV_TEXT_DECODER_H_
#define CHASSIS_CSV_TEXT_DECODER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace regulars::csv {

enum class Charset {
  kUtf8,
  // Serves for ISO-8859-1 too: where the two differ ISO-8859-1 has control characters, and files
  // that say ISO-8859-1 mean '€' by 0x80 (as the WHATWG Encoding Standard has it).
  kWindows1252,
  kUtf16LittleEndian,
  kUtf16BigEndian,
};

// The charset that a byte order mark at the beginning of a file announces, and the mark's length.
struct ByteOrderMark {
  Charset charset = Charset::kUtf8;
  size_t size = 0;  // 0: there is none.
};
ByteOrderMark FindByteOrderMark(absl::string_view beginning);

class TextDecoder {
 public:
  // The most UTF-8 that one byte can become.
  static constexpr size_t kMaxGrowth = 3;

  explicit TextDecoder(Charset charset) : charset_(charset) {}

  // Decodes `bytes` to `out`, which has room for kMaxGrowth × (bytes.size() + 3), and says how much
  // it wrote. The beginning of an unfinished character is kept for the next call.
  size_t Decode(absl::string_view bytes, char* out);
  // What the unfinished character at the end of the file becomes; `out` has room for 4 bytes.
  size_t Finish(char* out);
  // Forgets an unfinished character: the next bytes come from another place.
  void Reset() { pending_size_ = 0; }

  // How many bytes of the file `decoded` was made of.
  size_t SizeInFile(absl::string_view decoded) const;

 private:
  size_t DecodeUtf16(absl::string_view bytes, char* out);
  uint16_t Unit(const char* bytes) const;

  const Charset charset_;
  // An odd byte, or a high surrogate with or without the first byte of what follows.
  char pending_[3];
  size_t pending_size_ = 0;
};

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_TEXT_DECODER_H_
