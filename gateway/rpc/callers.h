// Who calls, and what they may do at this moment. A token is minutes old; what somebody may hand on
// is read from the store afresh, so that who was stopped a minute ago makes no key to come back
// with.
#ifndef GATEWAY_RPC_CALLERS_H_
#define GATEWAY_RPC_CALLERS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "gateway/domain/authority.h"
#include "gateway/domain/user.h"
#include "gateway/rpc/context.h"

namespace regulars::gateway {

// What a user's roles and stores say.
absl::StatusOr<Authority> AuthorityOf(Snapshot& db, const User& user);

// What the caller of a write of AccessService may do. PERMISSION_DENIED with CALLER_DISABLED (gone
// or disabled), SCOPE_MISSING (may no longer administer access) or STORE_NOT_ALLOWED.
absl::StatusOr<Authority> CallerAuthority(const AccessContext& context, Snapshot& db);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_CALLERS_H_
