// Users, their roles and stores.
#ifndef GATEWAY_STORE_USERS_H_
#define GATEWAY_STORE_USERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/expression.h"
#include "chassis/storage/transaction.h"
#include "gateway/domain/user.h"

namespace regulars::gateway::users {

absl::StatusOr<std::optional<User>> Find(Snapshot& db, absl::string_view id);
// `email_key` as EmailKey() makes it.
absl::StatusOr<std::optional<User>> FindByEmail(Snapshot& db, absl::string_view email_key);

// Whether somebody else than `id` has the address.
absl::StatusOr<bool> EmailTaken(Snapshot& db, absl::string_view email_key, absl::string_view id);

absl::Status Insert(Transaction& tx, const User& user);
// Everything but the id, the password and the times of making and signing in.
absl::Status Update(Transaction& tx, const User& user);
// With password, roles, stores and sessions.
absl::Status Delete(Transaction& tx, absl::string_view id);
absl::Status SignedIn(Transaction& tx, absl::string_view id);

absl::StatusOr<bool> Any(Snapshot& db);
absl::StatusOr<bool> AnyWithRole(Snapshot& db, absl::string_view role_id);
// Users who have the admin role everywhere and can sign in.
absl::StatusOr<int64_t> CountAdmins(Snapshot& db);

struct ListQuery {
  std::string after_id;
  int64_t limit = 0;
  filter::Expression filter;
  // Only users limited to stores among these; empty: all users.
  std::vector<std::string> within_stores;
};
// By id.
absl::StatusOr<std::vector<User>> List(Snapshot& db, const ListQuery& query);

// A filter over email, display_name, roles and disabled. INVALID_ARGUMENT with INVALID_FILTER;
// metadata `position` is the character at fault, from 1, and `cause` the filter library's reason.
absl::StatusOr<filter::Expression> CompileFilter(absl::string_view text);

}  // namespace regulars::gateway::users

#endif  // GATEWAY_STORE_USERS_H_
