// Roles: those in the store and the built-in ones as if they were in it.
#ifndef GATEWAY_STORE_ROLES_H_
#define GATEWAY_STORE_ROLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "gateway/domain/role.h"

namespace regulars::gateway::roles {

absl::StatusOr<std::optional<Role>> Find(Snapshot& db, absl::string_view id);

// By id, behind `after_id`.
absl::StatusOr<std::vector<Role>> List(Snapshot& db, absl::string_view after_id, int64_t limit);

// The scopes of all these roles together, sorted. A role that is gone allows nothing.
absl::StatusOr<std::vector<std::string>> ScopesOf(Snapshot& db,
                                                  const std::vector<std::string>& role_ids);

// Of roles that are not built in.
absl::Status Insert(Transaction& tx, const Role& role);
absl::Status Update(Transaction& tx, const Role& role);
absl::Status Delete(Transaction& tx, absl::string_view id);

}  // namespace regulars::gateway::roles

#endif  // GATEWAY_STORE_ROLES_H_
