// Changing one's own password.
#ifndef GATEWAY_RPC_PASSWORD_METHODS_H_
#define GATEWAY_RPC_PASSWORD_METHODS_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "gateway/rpc/context.h"
#include "regulars/access/v1/session_service.pb.h"

namespace regulars::gateway {

// Checks and hashes outside of a change; a failure is recorded in a change of its own.
absl::StatusOr<ChangeOf<access::v1::TokenPair>> ChangePassword(
    AccessContext& context, const Origin& origin, const access::v1::ChangePasswordRequest& request);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_PASSWORD_METHODS_H_
