// Secrets of API keys: random, shown once, and kept only as a hash. They need no slow hash as
// passwords do: nobody guesses 256 random bits.
//
//   const std::string secret = NewSecret();       // "rgs_q83v…": told to the key's owner, once
//   row.secret_hash = HashSecret(secret);         // 32 bytes
//   if (!SecretMatches(presented, row.secret_hash)) …
#ifndef CHASSIS_AUTH_SECRETS_H_
#define CHASSIS_AUTH_SECRETS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace regulars::auth {

// By this beginning scanners find secrets where they should not be.
inline constexpr absl::string_view kSecretPrefix = "rgs_";
inline constexpr size_t kSecretRandomBytes = 32;

// kSecretPrefix and random bytes in base64url.
std::string NewSecret();

// SHA-256 of the whole text, 32 bytes.
std::string HashSecret(absl::string_view secret);

// Whether `secret` is the one that `hash` was made of, in constant time.
bool SecretMatches(absl::string_view secret, absl::string_view hash);

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_SECRETS_H_
