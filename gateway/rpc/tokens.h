// Makes access tokens, and what a signed-in user's client gets.
#ifndef GATEWAY_RPC_TOKENS_H_
#define GATEWAY_RPC_TOKENS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "gateway/domain/authority.h"
#include "gateway/domain/user.h"
#include "gateway/rpc/context.h"
#include "gateway/rpc/refresh_token.h"
#include "regulars/access/v1/access.pb.h"

namespace regulars::gateway {

struct IssuedToken {
  std::string text;
  absl::Time expire_time;
  std::vector<std::string> scopes;
};

// A token with the declared scopes that `authority` allows; it lives for kAccessTokenLife.
absl::StatusOr<IssuedToken> IssueToken(const AccessContext& context, absl::string_view principal,
                                       const Authority& authority, absl::Time now);

// Opens a session of `user`, whose password has been seen. With an expired password its tokens
// allow nothing but choosing a new one.
absl::StatusOr<access::v1::TokenPair> OpenSession(const AccessContext& context, Transaction& tx,
                                                  const User& user, const RefreshToken& token);

// The pair that goes with a session's refresh token.
absl::StatusOr<access::v1::TokenPair> MakeTokenPair(const AccessContext& context, Transaction& tx,
                                                    const User& user, const RefreshToken& token,
                                                    absl::Time refresh_expire_time);

// When a refresh token given out now ends, of a session begun at `session_start`.
absl::Time RefreshExpiry(absl::Time session_start, absl::Time now);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_TOKENS_H_
