// Members and their points, as callers read and change them.
#ifndef LOYALTY_SVC_RPC_MEMBER_SERVICE_H_
#define LOYALTY_SVC_RPC_MEMBER_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/rpc/service.h"
#include "chassis/storage/transaction.h"
#include "loyalty-svc/domain/member.h"

namespace regulars::loyalty {

std::unique_ptr<rpc::Service> RegisterMembers(const rpc::Environment& environment);

// The member with a name, "members/…", that `field` of the request holds. NOT_FOUND with
// MEMBER_NOT_FOUND.
absl::StatusOr<Member> FindMember(Snapshot& db, absl::string_view name, absl::string_view field);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_MEMBER_SERVICE_H_
