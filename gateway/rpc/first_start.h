// The first administrator. On an empty store there is nobody to let anybody in, and no password
// that everybody knows: one user is made whose one-time password is in a file that only the owner
// of the store can read. The file is removed when it opens nothing any more.
#ifndef GATEWAY_RPC_FIRST_START_H_
#define GATEWAY_RPC_FIRST_START_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/rpc/context.h"

namespace regulars::gateway {

// Not a mail address that anything is sent to; the administrator may change it.
inline constexpr char kFirstAdminEmail[] = "admin@localhost";

// Where the password is: a file beside the store.
std::string FirstPasswordFile(const std::string& store_path);

// Makes the first administrator if there is no user. Whether somebody still has to sign in with the
// password in context.password_file. Waits for the store.
absl::StatusOr<bool> MakeFirstAdmin(AccessContext& context);

// Removes the file if its password was replaced. Waits for the store.
absl::Status RemoveStalePasswordFile(const AccessContext& context);

// From now on the file is removed when its password has been replaced, a moment after the commit.
void RemovePasswordFileWhenReplaced(const AccessContext& context);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_FIRST_START_H_
