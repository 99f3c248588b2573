#include "chassis/csv/text_decoder.h"

#include <array>
#include <cstring>

namespace regulars::csv {
namespace {

constexpr char kUndefined = '\xFF';

// windows-1252 from 0x80 to 0x9F (unicode.org, CP1252.TXT); 0 marks the five undefined bytes.
constexpr std::array<uint16_t, 32> kWindows1252High = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

// Writes UTF-8; surrogates get the three bytes that their number would have.
size_t Encode(uint32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0 | c >> 6);
    out[1] = static_cast<char>(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | c >> 12);
    out[1] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out[2] = static_cast<char>(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | c >> 18);
  out[1] = static_cast<char>(0x80 | (c >> 12 & 0x3F));
  out[2] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
  out[3] = static_cast<char>(0x80 | (c & 0x3F));
  return 4;
}

size_t DecodeWindows1252(absl::string_view bytes, char* out) {
  char* const begin = out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const uint32_t code_point = byte >= 0x80 && byte < 0xA0 ? kWindows1252High[byte - 0x80] : byte;
    if (code_point == 0 && byte != 0) {
      *out++ = kUndefined;
    } else {
      out += Encode(code_point, out);
    }
  }
  return static_cast<size_t>(out - begin);
}

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

ByteOrderMark FindByteOrderMark(absl::string_view beginning) {
  const auto starts = [&](absl::string_view mark) {
    return beginning.substr(0, mark.size()) == mark;
  };
  if (starts("\xEF\xBB\xBF")) return {Charset::kUtf8, 3};
  if (starts("\xFF\xFE")) return {Charset::kUtf16LittleEndian, 2};
  if (starts("\xFE\xFF")) return {Charset::kUtf16BigEndian, 2};
  return {};
}

size_t TextDecoder::Decode(absl::string_view bytes, char* out) {
  switch (charset_) {
    case Charset::kUtf8:
      std::memcpy(out, bytes.data(), bytes.size());
      return bytes.size();
    case Charset::kWindows1252:
      return DecodeWindows1252(bytes, out);
    case Charset::kUtf16LittleEndian:
    case Charset::kUtf16BigEndian:
      break;
  }
  size_t written = 0;
  // What was pending takes one byte after another until it makes whole characters.
  while (pending_size_ > 0 && !bytes.empty()) {
    char unit[4];
    std::memcpy(unit, pending_, pending_size_);
    unit[pending_size_] = bytes[0];
    const size_t size = pending_size_ + 1;
    bytes.remove_prefix(1);
    pending_size_ = 0;
    written += DecodeUtf16(absl::string_view(unit, size), out + written);
  }
  return bytes.empty() ? written : written + DecodeUtf16(bytes, out + written);
}

size_t TextDecoder::DecodeUtf16(absl::string_view bytes, char* out) {
  char* const begin = out;
  size_t i = 0;
  while (i + 2 <= bytes.size()) {
    const uint32_t unit = Unit(bytes.data() + i);
    if (IsHighSurrogate(unit)) {
      if (i + 4 > bytes.size()) break;
      const uint32_t next = Unit(bytes.data() + i + 2);
      if (IsLowSurrogate(next)) {
        out += Encode(0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00), out);
        i += 4;
        continue;
      }
    }
    out += Encode(unit, out);
    i += 2;
  }
  pending_size_ = bytes.size() - i;
  std::memcpy(pending_, bytes.data() + i, pending_size_);
  return static_cast<size_t>(out - begin);
}

size_t TextDecoder::Finish(char* out) {
  size_t written = 0;
  size_t used = 0;
  if (pending_size_ >= 2) {
    written = Encode(Unit(pending_), out);
    used = 2;
  }
  if (used < pending_size_) out[written++] = kUndefined;
  pending_size_ = 0;
  return written;
}

size_t TextDecoder::SizeInFile(absl::string_view decoded) const {
  if (charset_ == Charset::kUtf8) return decoded.size();
  const bool one_byte_each = charset_ == Charset::kWindows1252;
  size_t size = 0;
  for (const char c : decoded) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;  // Counted with its lead.
    if (one_byte_each || c == kUndefined) {
      size += 1;
    } else {
      size += byte >= 0xF0 ? 4 : 2;
    }
  }
  return size;
}

uint16_t TextDecoder::Unit(const char* bytes) const {
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  return charset_ == Charset::kUtf16LittleEndian ? static_cast<uint16_t>(first | second << 8)
                                                 : static_cast<uint16_t>(first << 8 | second);
}

}  // namespace regulars::csv
