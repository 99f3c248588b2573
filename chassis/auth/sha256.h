// SHA-256 (FIPS 180-4) and comparing without telling by the time it takes where two texts differ.
#ifndef CHASSIS_AUTH_SHA256_H_
#define CHASSIS_AUTH_SHA256_H_

#include <array>
#include <cstddef>

#include "absl/strings/string_view.h"

namespace regulars::auth {

inline constexpr size_t kSha256Bytes = 32;
using Sha256Digest = std::array<char, kSha256Bytes>;

Sha256Digest Sha256(absl::string_view bytes);

inline absl::string_view AsView(const Sha256Digest& digest) {
  return {digest.data(), digest.size()};
}

// Takes the same time for all texts of one length; lengths are not secret.
bool ConstantTimeEquals(absl::string_view a, absl::string_view b);

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_SHA256_H_
