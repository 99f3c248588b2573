// The JSON of tokens and keys (RFC 7515, 7517, 7519, 8037), read strictly: one object of valid
// UTF-8, no key twice on any level, nesting at most kMaxJoseDepth. Whatever does not fit is
// nullopt; why is nobody's business but the issuer's.
#ifndef CHASSIS_AUTH_JOSE_JSON_H_
#define CHASSIS_AUTH_JOSE_JSON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace regulars::auth {

inline constexpr int kMaxJoseDepth = 8;

// The header is always {"alg": "EdDSA", "kid": …, "typ": "at+jwt"}, with nothing more: a member
// that this code does not know ("crit", "jku", "zip") could change what the token means.
std::string WriteTokenHeader(absl::string_view key_id);
std::optional<std::string> ReadTokenHeader(absl::string_view text);  // The key id.

// A token's claims, times in seconds since 1970. Members beyond these are ignored, as RFC 7519 §4
// asks.
struct TokenClaims {
  std::string issuer;                 // iss
  std::string audience;               // aud, one string
  std::string subject;                // sub
  std::vector<std::string> scopes;    // scope, with spaces between
  std::vector<std::string> realms;    // realms; left out when empty, and refused when empty
  std::optional<std::string> member;  // member
  int64_t issued_at = 0;              // iat
  std::optional<int64_t> not_before;  // nbf
  int64_t expires_at = 0;             // exp
};
// Every text of `claims` is valid UTF-8.
std::string WriteTokenClaims(const TokenClaims& claims);
std::optional<TokenClaims> ReadTokenClaims(absl::string_view text);

// The bytes of an Ed25519 key.
struct Jwk {
  std::string x;
  std::optional<std::string> d;   // Only in private keys.
  std::optional<std::string> id;  // kid
};
std::optional<Jwk> ReadJwk(absl::string_view text);
// The Ed25519 signature keys of a JWK set; keys of other kinds and uses are passed over, as RFC
// 7517 §5 asks.
std::optional<std::vector<Jwk>> ReadJwks(absl::string_view text);
// A set of public keys.
std::string WriteJwks(const std::vector<Jwk>& keys);

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_JOSE_JSON_H_
