// AccessService's methods on users.
#ifndef GATEWAY_RPC_USER_METHODS_H_
#define GATEWAY_RPC_USER_METHODS_H_

#include <google/protobuf/empty.pb.h>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "gateway/rpc/context.h"
#include "regulars/access/v1/access_service.pb.h"

namespace regulars::gateway {

absl::StatusOr<access::v1::User> CreateUser(const AccessContext& context, Transaction& tx,
                                            const access::v1::CreateUserRequest& request);
absl::StatusOr<access::v1::User> GetUser(Snapshot& db, const access::v1::GetUserRequest& request);
absl::StatusOr<access::v1::ListUsersResponse> ListUsers(
    Snapshot& db, const access::v1::ListUsersRequest& request);
absl::StatusOr<access::v1::User> UpdateUser(const AccessContext& context, Transaction& tx,
                                            const access::v1::UpdateUserRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteUser(const AccessContext& context, Transaction& tx,
                                                   const access::v1::DeleteUserRequest& request);
// Hashes outside of the change that it answers with.
absl::StatusOr<ChangeOf<access::v1::ResetUserPasswordResponse>> ResetUserPassword(
    AccessContext& context, const Origin& origin,
    const access::v1::ResetUserPasswordRequest& request);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_USER_METHODS_H_
