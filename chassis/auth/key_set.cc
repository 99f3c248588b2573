#include "chassis/auth/key_set.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/jose_json.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::auth {
namespace {

absl::Status BadSet(absl::string_view why) { return InvalidArgument("KEY_SET_INVALID", why); }

absl::StatusOr<std::vector<PublicKey>> ParseJwks(absl::string_view text) {
  const std::optional<std::vector<Jwk>> jwks = ReadJwks(text);
  if (!jwks) return BadSet("not a JWK set");
  std::vector<PublicKey> keys;
  for (const Jwk& jwk : *jwks) {
    if (jwk.d) return BadSet("a key in the set is a private key");
    ABSL_ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromBytes(jwk.x));
    if (jwk.id && *jwk.id != key.id()) {
      return BadSet("a key's 'kid' is not its RFC 7638 thumbprint");
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

KeySet::KeySet(std::vector<PublicKey> keys) {
  // Parse() refuses longer lists; programs that sign have one key or two.
  CHECK(keys.size() <= kMaxKeys);
  for (PublicKey& key : keys) {
    if (Find(key.id()) == nullptr) keys_.push_back(std::move(key));
  }
}

absl::StatusOr<KeySet> KeySet::Parse(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.size() > kMaxKeyFileBytes) return BadSet("too long for a key set");
  const bool is_json = !text.empty() && text[0] == '{';
  ABSL_ASSIGN_OR_RETURN(std::vector<PublicKey> keys,
                        is_json ? ParseJwks(text) : ParsePublicPem(text));
  if (keys.empty()) return BadSet("there is no Ed25519 public key in it");
  if (keys.size() > kMaxKeys) {
    return BadSet(absl::StrCat("a key set has at most ", kMaxKeys, " keys"));
  }
  return KeySet(std::move(keys));
}

const PublicKey* KeySet::Find(absl::string_view key_id) const {
  for (const PublicKey& key : keys_) {
    if (key.id() == key_id) return &key;
  }
  return nullptr;
}

std::string KeySet::ToJwks() const {
  std::vector<Jwk> jwks;
  for (const PublicKey& key : keys_) jwks.push_back({.x = key.bytes(), .id = key.id()});
  return WriteJwks(jwks);
}

}  // namespace regulars::auth
