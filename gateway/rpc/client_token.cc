#include "gateway/rpc/client_token.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/auth/secrets.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"
#include "gateway/domain/passwords.h"
#include "gateway/domain/scopes.h"
#include "gateway/rpc/convert.h"
#include "gateway/rpc/sign_in_guard.h"
#include "gateway/rpc/tokens.h"
#include "gateway/store/api_keys.h"

namespace regulars::gateway {
namespace {

constexpr char kMethod[] = "POST /oauth/token";
constexpr size_t kMaxCredentialBytes = 256;
constexpr size_t kMaxScopeTextBytes = 4096;

absl::Status InvalidClient() {
  return Unauthenticated("INVALID_CLIENT", "the client_id or client_secret is not valid");
}

absl::Status InvalidScope() {
  return InvalidArgument("INVALID_SCOPE", "the scope is unknown or more than the client may do");
}

// The live secret that was presented, or null. Every secret is compared, and without any a dummy,
// so that the time taken does not tell.
const ApiKeySecret* FindSecret(const ApiKey& key, absl::string_view presented) {
  static const std::string& none = *new std::string(32, '\0');
  const ApiKeySecret* found = nullptr;
  for (size_t i = 0; i < kMaxLiveSecrets; ++i) {
    const bool there = i < key.secrets.size();
    const bool matches = auth::SecretMatches(presented, there ? key.secrets[i].hash : none);
    if (there && matches) found = &key.secrets[i];
  }
  return found;
}

// The scopes of the token: what is asked for, each of which the key must have, or all it has.
absl::StatusOr<std::vector<std::string>> ScopesFor(const AccessContext& context, const ApiKey& key,
                                                   const std::string& asked) {
  if (asked.size() > kMaxScopeTextBytes) return InvalidScope();
  const std::vector<std::string> patterns = absl::StrSplit(asked, ' ', absl::SkipEmpty());
  for (const std::string& pattern : patterns) {
    const bool known =
        IsScopePattern(pattern) && !Resolve({pattern}, context.declared_scopes).empty();
    if (!known || !Covers(key.scopes, pattern)) return InvalidScope();
  }
  std::vector<std::string> scopes =
      Resolve(patterns.empty() ? key.scopes : patterns, context.declared_scopes);
  if (scopes.empty()) return InvalidScope();
  return scopes;
}

// That a secret is in use is worth a write a minute, and not worth refusing a token for.
void RecordUse(const AccessContext& context, const Origin& origin, const ApiKeySecret& secret,
               absl::Time now) {
  if (secret.last_used_time && now < *secret.last_used_time + kLastUsedResolution) return;
  const absl::Status written = context.store.writer().Write(
      Lane::kInteractive, origin,
      [&](Transaction& tx) { return api_keys::SecretUsed(tx, secret.id); });
  if (!written.ok()) {
    LogWarning("the use of an API key was not recorded",
               {{"reason", GetErrorDetails(written).reason}});
  }
}

}  // namespace

absl::StatusOr<ClientToken> IssueClientToken(const AccessContext& context,
                                             const ClientTokenRequest& request) {
  const Origin origin;
  const SignInGuard guard = SignInGuard::ForClient(request.source);
  std::optional<ApiKey> key;
  ABSL_RETURN_IF_ERROR(context.store.readers().Run(origin, [&](Snapshot& db) -> absl::Status {
    ABSL_RETURN_IF_ERROR(guard.CheckMayTry(db));
    if (request.client_id.size() > kMaxCredentialBytes) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(key, api_keys::Find(db, request.client_id));
    return absl::OkStatus();
  }));
  const bool exists = key.has_value();
  if (!exists) key.emplace();
  const ApiKeySecret* secret =
      FindSecret(*key, absl::string_view(request.client_secret).substr(0, kMaxCredentialBytes));
  if (secret == nullptr || key->disabled) {
    const std::string whom = exists ? ApiKeyName(key->id) : "";
    ABSL_RETURN_IF_ERROR(context.store.writer().Write(
        Lane::kInteractive, origin,
        [&](Transaction& tx) { return guard.RecordFailure(tx, kMethod, whom, "INVALID_CLIENT"); }));
    return InvalidClient();
  }
  ABSL_ASSIGN_OR_RETURN(std::vector<std::string> scopes, ScopesFor(context, *key, request.scope));
  const absl::Time now = context.store.clock().Now();
  ABSL_ASSIGN_OR_RETURN(IssuedToken issued,
                        IssueToken(context, ApiKeyName(key->id),
                                   {.scopes = std::move(scopes), .stores = key->stores}, now));
  RecordUse(context, origin, *secret, now);
  return ClientToken{.access_token = std::move(issued.text),
                     .expires_in = kAccessTokenLife,
                     .scope = absl::StrJoin(issued.scopes, " ")};
}

OAuthError ToOAuthError(const absl::Status& status) {
  const ErrorDetails details = GetErrorDetails(status);
  OAuthError error = {.http_status = HttpStatus(status.code()),
                      .error = "server_error",
                      .description = std::string(status.message()),
                      .retry_after = details.retry_after};
  if (details.reason == "INVALID_CLIENT") {
    error.error = "invalid_client";
  } else if (details.reason == "INVALID_SCOPE") {
    error.error = "invalid_scope";
  } else if (details.reason == "UNSUPPORTED_GRANT_TYPE") {
    error.error = "unsupported_grant_type";
  } else if (absl::IsInvalidArgument(status)) {
    error.error = "invalid_request";
  } else if (details.retry_after) {
    // RFC 6749 has no word for it at this endpoint; §4.1.2.1 has one at the other.
    error.error = "temporarily_unavailable";
  } else {
    error.description = "an internal error";  // Nobody's business outside.
  }
  return error;
}

}  // namespace regulars::gateway
