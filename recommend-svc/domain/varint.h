// Whole numbers that are not negative, in as few bytes as they need (LEB128).
//
//   PutVarint(300, bytes);
//   const std::optional<uint64_t> number = TakeVarint(rest);   // nullopt: damaged
#ifndef RECOMMEND_SVC_DOMAIN_VARINT_H_
#define RECOMMEND_SVC_DOMAIN_VARINT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::recommend {

inline void PutVarint(uint64_t value, std::string& bytes) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

// Takes one number off the front of `bytes`.
inline std::optional<uint64_t> TakeVarint(absl::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_VARINT_H_
