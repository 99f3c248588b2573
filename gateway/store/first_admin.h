// Remembers that the first administrator still has the password that the first start wrote to a
// file, so that the file can be removed when it opens nothing any more.
#ifndef GATEWAY_STORE_FIRST_ADMIN_H_
#define GATEWAY_STORE_FIRST_ADMIN_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars::gateway::first_admin {

// The user's id; nullopt once the password was changed or the user deleted.
absl::StatusOr<std::optional<std::string>> Find(Snapshot& db);
absl::Status Set(Transaction& tx, absl::string_view user_id);
// Rung when the password in the file has been replaced (see Writer::OnRung).
inline constexpr char kBell[] = "first_admin";

// Call when a user's password is replaced. Whether it was the one in the file: then it rings kBell.
absl::StatusOr<bool> PasswordReplaced(Transaction& tx, absl::string_view user_id);

}  // namespace regulars::gateway::first_admin

#endif  // GATEWAY_STORE_FIRST_ADMIN_H_
