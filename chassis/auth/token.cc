#include "chassis/auth/token.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/jose_json.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars::auth {
namespace {

absl::Status InvalidToken() {
  return Unauthenticated("TOKEN_INVALID", "the access token is not valid");
}

struct TokenParts {
  std::string header;
  std::string payload;
  std::string signature;
  absl::string_view signed_text;
};

// RFC 7515 §3.1: three base64url segments with a dot between.
std::optional<TokenParts> Split(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) return std::nullopt;
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  if (first == absl::string_view::npos || second == absl::string_view::npos) return std::nullopt;
  // A further dot is no base64url and fails there.
  auto header = DecodeBase64Url(token.substr(0, first));
  auto payload = DecodeBase64Url(token.substr(first + 1, second - first - 1));
  auto signature = DecodeBase64Url(token.substr(second + 1));
  if (!header || !payload || !signature) return std::nullopt;
  return TokenParts{.header = *std::move(header),
                    .payload = *std::move(payload),
                    .signature = *std::move(signature),
                    .signed_text = token.substr(0, second)};
}

bool IsName(absl::string_view text) { return !text.empty() && IsValidUtf8(text); }

bool IsWellFormed(const Caller& caller) {
  return IsName(caller.principal) && (!caller.member || IsName(*caller.member)) &&
         std::all_of(caller.scopes.begin(), caller.scopes.end(), IsScope) &&
         std::all_of(caller.realms.begin(), caller.realms.end(), IsName);
}

absl::StatusOr<Caller> ToCaller(TokenClaims claims, const TokenRules& rules, absl::Time now) {
  const absl::Time issued_at = absl::FromUnixSeconds(claims.issued_at);
  const absl::Time expires_at = absl::FromUnixSeconds(claims.expires_at);
  const absl::Time not_before = absl::FromUnixSeconds(claims.not_before.value_or(claims.issued_at));
  Caller caller = {.principal = std::move(claims.subject),
                   .scopes = std::move(claims.scopes),
                   .realms = std::move(claims.realms),
                   .member = std::move(claims.member),
                   .expiry = expires_at};
  const bool fits = claims.issuer == rules.issuer && claims.audience == rules.audience &&
                    IsWellFormed(caller) && expires_at > issued_at &&
                    expires_at - issued_at <= kMaxTokenLifetime &&
                    issued_at <= now + kAllowedSkew && not_before <= now + kAllowedSkew;
  if (!fits) return InvalidToken();
  ABSL_RETURN_IF_ERROR(CheckExpiry(caller, now));
  return caller;
}

}  // namespace

absl::StatusOr<std::string> IssueToken(const Caller& caller, const TokenRules& rules,
                                       const SigningKey& key, absl::Time now,
                                       absl::Duration lifetime) {
  if (!IsWellFormed(caller) || !IsName(rules.issuer) || !IsName(rules.audience)) {
    return InvalidArgument("CALLER_INVALID", "the caller has a malformed name or scope");
  }
  if (lifetime < absl::Seconds(1) || lifetime > kMaxTokenLifetime) {
    return InvalidArgument("LIFETIME_INVALID",
                           absl::StrCat("a token lives between a second and ",
                                        absl::FormatDuration(kMaxTokenLifetime)));
  }
  const int64_t issued_at = absl::ToUnixSeconds(now);
  const std::string claims =
      WriteTokenClaims({.issuer = rules.issuer,
                        .audience = rules.audience,
                        .subject = caller.principal,
                        .scopes = caller.scopes,
                        .realms = caller.realms,
                        .member = caller.member,
                        .issued_at = issued_at,
                        .not_before = issued_at,
                        .expires_at = issued_at + absl::ToInt64Seconds(lifetime)});
  std::string token = absl::StrCat(EncodeBase64Url(WriteTokenHeader(key.public_key().id())), ".",
                                   EncodeBase64Url(claims));
  absl::StrAppend(&token, ".", EncodeBase64Url(key.Sign(token)));
  if (token.size() > kMaxTokenBytes) {
    return InvalidArgument("TOKEN_TOO_LONG", "the caller has too many scopes and realms");
  }
  return token;
}

absl::StatusOr<Caller> VerifyToken(absl::string_view token, const TokenRules& rules,
                                   const KeySet& keys, absl::Time now) {
  const std::optional<TokenParts> parts = Split(token);
  if (!parts) return InvalidToken();
  const std::optional<std::string> key_id = ReadTokenHeader(parts->header);
  if (!key_id) return InvalidToken();
  const PublicKey* const key = keys.Find(*key_id);
  if (key == nullptr) {
    return Unauthenticated("TOKEN_UNKNOWN_KEY",
                           "the access token is signed with a key that is not known here");
  }
  // Nothing that the token says is read before it is known who said it.
  if (!key->Verify(parts->signed_text, parts->signature)) return InvalidToken();
  std::optional<TokenClaims> claims = ReadTokenClaims(parts->payload);
  if (!claims) return InvalidToken();
  return ToCaller(*std::move(claims), rules, now);
}

absl::Status CheckExpiry(const Caller& caller, absl::Time now) {
  if (now < caller.expiry + kAllowedSkew) return absl::OkStatus();
  return Unauthenticated("TOKEN_EXPIRED", "the access token has expired");
}

}  // namespace regulars::auth
