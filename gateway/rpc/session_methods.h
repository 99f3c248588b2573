// SessionService's methods but for ChangePassword: signing in and out, and who is there.
#ifndef GATEWAY_RPC_SESSION_METHODS_H_
#define GATEWAY_RPC_SESSION_METHODS_H_

#include <google/protobuf/empty.pb.h>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "gateway/rpc/context.h"
#include "google/api/httpbody.pb.h"
#include "regulars/access/v1/session_service.pb.h"

namespace regulars::gateway {

// Checks the password outside of a change; a failure is recorded in a change of its own.
absl::StatusOr<ChangeOf<access::v1::TokenPair>> SignIn(AccessContext& context, const Origin& origin,
                                                       const access::v1::SignInRequest& request);

// A token that was used before is refused by a change that is kept: it ends the session.
absl::StatusOr<ChangeOf<access::v1::TokenPair>> RefreshSession(
    const AccessContext& context, const Origin& origin,
    const access::v1::RefreshTokenRequest& request);

absl::StatusOr<google::protobuf::Empty> SignOut(Transaction& tx,
                                                const access::v1::SignOutRequest& request);

absl::StatusOr<access::v1::Principal> WhoAmI(const AccessContext& context, Snapshot& db,
                                             const access::v1::WhoAmIRequest& request);

absl::StatusOr<google::api::HttpBody> GetKeySet(const AccessContext& context);

// The one answer to every way of not knowing a password.
absl::Status BadCredentials();

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_SESSION_METHODS_H_
