// Tokens for other systems: OAuth 2.0, client credentials (RFC 6749 §4.4). The form of the request
// and its JSON belong to the HTTP layer; this is what happens between.
#ifndef GATEWAY_RPC_CLIENT_TOKEN_H_
#define GATEWAY_RPC_CLIENT_TOKEN_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/rpc/client_token_request.h"
#include "gateway/rpc/context.h"

namespace regulars::gateway {

// RFC 6749 §5.1; token_type is "Bearer".
struct ClientToken {
  std::string access_token;
  absl::Duration expires_in;
  std::string scope;
};

// Waits for the store: not on a thread that must not. UNAUTHENTICATED with INVALID_CLIENT (whatever
// was wrong), INVALID_ARGUMENT with INVALID_SCOPE, RESOURCE_EXHAUSTED with TOO_MANY_ATTEMPTS.
absl::StatusOr<ClientToken> IssueClientToken(const AccessContext& context,
                                             const ClientTokenRequest& request);

// An error as RFC 6749 §5.2 has it. Beyond those of IssueClientToken(), an INVALID_ARGUMENT with
// UNSUPPORTED_GRANT_TYPE has a word of its own; any other is an invalid_request.
struct OAuthError {
  int http_status = 400;
  // "invalid_client".
  absl::string_view error;
  std::string description;
  std::optional<absl::Duration> retry_after;
};
OAuthError ToOAuthError(const absl::Status& status);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_CLIENT_TOKEN_H_
