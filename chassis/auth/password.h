// Passwords of people: Argon2id (RFC 9106), kept as a PHC string that says its own parameters.
//
//   PasswordHasher passwords;
//   ABSL_ASSIGN_OR_RETURN(row.password_hash, passwords.Hash(password));
//   ABSL_ASSIGN_OR_RETURN(const bool right, passwords.Verify(password, row.password_hash));
//
// Hashing takes memory and time on purpose, so few run at once and few wait; beyond that callers
// get RESOURCE_EXHAUSTED (PASSWORD_QUEUE_FULL). Calls block: keep them off threads that must not.
//
// Thread-safe; one per process, or the bounds bind nothing.
#ifndef CHASSIS_AUTH_PASSWORD_H_
#define CHASSIS_AUTH_PASSWORD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/auth/gate.h"

namespace regulars::auth {

// OWASP's minimum for Argon2id (Password Storage Cheat Sheet).
inline constexpr uint32_t kPasswordMemoryKib = 19 * 1024;
inline constexpr uint32_t kPasswordPasses = 2;
inline constexpr uint32_t kPasswordLanes = 1;
inline constexpr size_t kPasswordSaltBytes = 16;
inline constexpr size_t kPasswordHashBytes = 32;

inline constexpr size_t kMaxPasswordBytes = 1024;
inline constexpr int kMaxPasswordsAtOnce = 2;
inline constexpr int kMaxPasswordsWaiting = 16;

// Stored hashes may ask for this much and no more, whatever wrote them.
inline constexpr uint32_t kMaxStoredMemoryKib = 64 * 1024;
inline constexpr uint32_t kMaxStoredPasses = 10;
inline constexpr uint32_t kMaxStoredLanes = 4;

class PasswordHasher {
 public:
  // "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>", with a random salt.
  absl::StatusOr<std::string> Hash(absl::string_view password);

  // Whether `stored` was made of `password`, with the parameters that `stored` names. Without a
  // stored hash the answer is no and takes as long: who signs in under a name that does not exist
  // must not learn that. A stored hash that cannot be read is DATA_LOSS.
  absl::StatusOr<bool> Verify(absl::string_view password, std::optional<absl::string_view> stored);

 private:
  Gate gate_{kMaxPasswordsAtOnce, kMaxPasswordsWaiting};
};

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_PASSWORD_H_
