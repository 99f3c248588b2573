// The few pieces of protobuf's wire format that the codec needs, without descriptors.
// Pure functions and values; safe from any thread.
//
//   std::string out;
//   wire::AppendBytes(wire::Tag(1, wire::kLengthDelimited), "Ann", &out);
//   for (wire::Cursor in(out); !in.AtEnd();) { … in.ReadTag(&tag) … }
#ifndef GATEWAY_TRANSCODE_WIRE_H_
#define GATEWAY_TRANSCODE_WIRE_H_

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway::wire {

enum Type : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

// Messages inside each other that every protobuf parser takes; deeper ones would be refused by the
// service as malformed.
inline constexpr int kMaxMessageDepth = 100;

constexpr uint32_t Tag(uint32_t number, Type type) { return number << 3 | type; }
constexpr uint32_t NumberOf(uint32_t tag) { return tag >> 3; }
constexpr Type TypeOf(uint32_t tag) { return static_cast<Type>(tag & 7); }

constexpr uint64_t ZigZag(int64_t n) {
  return (static_cast<uint64_t>(n) << 1) ^ static_cast<uint64_t>(n >> 63);
}
constexpr int64_t UnZigZag(uint64_t n) { return static_cast<int64_t>(n >> 1 ^ (~(n & 1) + 1)); }

inline void AppendVarint(uint64_t value, std::string* out) {
  char buffer[10];
  size_t size = 0;
  while (value >= 0x80) {
    buffer[size++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  buffer[size++] = static_cast<char>(value);
  out->append(buffer, size);
}

// Little-endian, as the machines are that this runs on.
template <typename T>
void AppendFixed(T value, std::string* out) {
  char buffer[sizeof(T)];
  std::memcpy(buffer, &value, sizeof(T));
  out->append(buffer, sizeof(T));
}

inline void AppendBytes(uint32_t tag, absl::string_view bytes, std::string* out) {
  AppendVarint(tag, out);
  AppendVarint(bytes.size(), out);
  out->append(bytes.data(), bytes.size());
}

// A length whose value is known only when what it measures is written: one byte is kept for it and
// the rest is moved if that is too little.
//   const size_t start = BeginLength(out); … EndLength(start, out);
inline size_t BeginLength(std::string* out) {
  out->push_back('\0');
  return out->size();
}
inline void EndLength(size_t start, std::string* out) {
  const size_t length = out->size() - start;
  if (length < 0x80) {
    (*out)[start - 1] = static_cast<char>(length);
    return;
  }
  std::string prefix;
  AppendVarint(length, &prefix);
  out->replace(start - 1, 1, prefix);
}

// Reads from a message. Every Read… is false where the bytes end or make no sense.
class Cursor {
 public:
  explicit Cursor(absl::string_view bytes) : p_(bytes.data()), end_(p_ + bytes.size()) {}

  bool AtEnd() const { return p_ == end_; }
  const char* position() const { return p_; }

  bool ReadVarint(uint64_t* value) {
    uint64_t result = 0;
    for (int shift = 0; shift < 70 && p_ < end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*p_++);
      // Bits above the 64th are dropped, as protobuf's own parsers do.
      if (shift < 64) result |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        *value = result;
        return true;
      }
    }
    return false;
  }

  bool ReadTag(uint32_t* tag) {
    uint64_t value = 0;
    if (!ReadVarint(&value) || value > UINT32_MAX || NumberOf(static_cast<uint32_t>(value)) == 0) {
      return false;
    }
    *tag = static_cast<uint32_t>(value);
    return true;
  }

  template <typename T>
  bool ReadFixed(T* value) {
    if (end_ - p_ < static_cast<ptrdiff_t>(sizeof(T))) return false;
    std::memcpy(value, p_, sizeof(T));
    p_ += sizeof(T);
    return true;
  }

  bool ReadBytes(absl::string_view* bytes) {
    uint64_t size = 0;
    if (!ReadVarint(&size) || size > static_cast<uint64_t>(end_ - p_)) return false;
    *bytes = absl::string_view(p_, size);
    p_ += size;
    return true;
  }

  // Moves past the value of a tag just read. Groups are not known here.
  bool Skip(uint32_t tag) {
    uint64_t ignored = 0;
    uint32_t ignored32 = 0;
    absl::string_view bytes;
    switch (TypeOf(tag)) {
      case kVarint:
        return ReadVarint(&ignored);
      case kFixed64:
        return ReadFixed(&ignored);
      case kLengthDelimited:
        return ReadBytes(&bytes);
      case kFixed32:
        return ReadFixed(&ignored32);
    }
    return false;
  }

 private:
  const char* p_;
  const char* end_;
};

}  // namespace regulars::gateway::wire

#endif  // GATEWAY_TRANSCODE_WIRE_H_
