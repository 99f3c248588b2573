// AccessService's methods on roles.
#ifndef GATEWAY_RPC_ROLE_METHODS_H_
#define GATEWAY_RPC_ROLE_METHODS_H_

#include <google/protobuf/empty.pb.h>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "gateway/rpc/context.h"
#include "regulars/access/v1/access_service.pb.h"

namespace regulars::gateway {

absl::StatusOr<access::v1::Role> CreateRole(const AccessContext& context, Transaction& tx,
                                            const access::v1::CreateRoleRequest& request);
absl::StatusOr<access::v1::Role> GetRole(Snapshot& db, const access::v1::GetRoleRequest& request);
absl::StatusOr<access::v1::ListRolesResponse> ListRoles(
    Snapshot& db, const access::v1::ListRolesRequest& request);
absl::StatusOr<access::v1::Role> UpdateRole(const AccessContext& context, Transaction& tx,
                                            const access::v1::UpdateRoleRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteRole(const AccessContext& context, Transaction& tx,
                                                   const access::v1::DeleteRoleRequest& request);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_ROLE_METHODS_H_
