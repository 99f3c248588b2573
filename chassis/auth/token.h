// Access tokens: a JWS in compact form (RFC 7515) over JWT claims (RFC 7519), signed with Ed25519
// (RFC 8037), with the header and the claims of jose_json.h.
//
//   IssueToken(caller, {"https://shop.example", "regulars"}, key, now, absl::Minutes(15));
//   VerifyToken(token, {"https://shop.example", "regulars"}, keys, now)  →  the same caller
//
// Both are pure. Verification costs about a tenth of a millisecond: see token_cache.h.
#ifndef CHASSIS_AUTH_TOKEN_H_
#define CHASSIS_AUTH_TOKEN_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/auth/caller.h"
#include "chassis/auth/key_set.h"
#include "chassis/auth/signing_key.h"

namespace regulars::auth {

inline constexpr size_t kMaxTokenBytes = 4096;
inline constexpr absl::Duration kMaxTokenLifetime = absl::Hours(1);
// How far the clocks of issuer and verifier may differ.
inline constexpr absl::Duration kAllowedSkew = absl::Seconds(60);

// Who issues tokens and for whom; both sides must say the same.
struct TokenRules {
  std::string issuer;
  std::string audience;
};

// A token for `caller` that ends `lifetime` after `now`, whatever caller.expiry says.
// INVALID_ARGUMENT if a name in `caller` is malformed, the lifetime is not between a second and
// kMaxTokenLifetime, or the token would be longer than kMaxTokenBytes.
absl::StatusOr<std::string> IssueToken(const Caller& caller, const TokenRules& rules,
                                       const SigningKey& key, absl::Time now,
                                       absl::Duration lifetime);

// UNAUTHENTICATED with reason TOKEN_EXPIRED, TOKEN_UNKNOWN_KEY (keys may have been rotated) or
// TOKEN_INVALID (everything else). Nothing of the token is in the message.
absl::StatusOr<Caller> VerifyToken(absl::string_view token, const TokenRules& rules,
                                   const KeySet& keys, absl::Time now);

// For calls that outlive their token: UNAUTHENTICATED with TOKEN_EXPIRED once it has ended.
absl::Status CheckExpiry(const Caller& caller, absl::Time now);

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_TOKEN_H_
