// The public keys that tokens may be signed with, by key id. Several are valid side by side, so
// that a new key can be made known before it signs and an old one stays until its last token has
// ended.
//
//   ABSL_ASSIGN_OR_RETURN(const std::string text, ReadKeyFile(path));
//   ABSL_ASSIGN_OR_RETURN(const KeySet keys, KeySet::Parse(text));
//
// Immutable after construction and thread-safe.
#ifndef CHASSIS_AUTH_KEY_SET_H_
#define CHASSIS_AUTH_KEY_SET_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/auth/signing_key.h"

namespace regulars::auth {

inline constexpr size_t kMaxKeys = 16;

class KeySet {
 public:
  // No keys: every token is refused.
  KeySet() = default;
  // At most kMaxKeys; a key that comes twice counts once.
  explicit KeySet(std::vector<PublicKey> keys);

  // From a JWK set (RFC 7517) or PEM blocks "PUBLIC KEY". At least one key must be usable; a text
  // with a private key in it is refused, since it was not meant to be handed out.
  static absl::StatusOr<KeySet> Parse(absl::string_view text);

  // Null if there is none.
  const PublicKey* Find(absl::string_view key_id) const;
  size_t size() const { return keys_.size(); }

  // As a JWK set, to be published.
  std::string ToJwks() const;

 private:
  std::vector<PublicKey> keys_;
};

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_KEY_SET_H_
