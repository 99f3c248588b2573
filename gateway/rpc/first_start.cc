#include "gateway/rpc/first_start.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "chassis/base/exceptions.h"
#include "chassis/base/files.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "gateway/domain/passwords.h"
#include "gateway/domain/role.h"
#include "gateway/domain/user.h"
#include "gateway/store/first_admin.h"
#include "gateway/store/passwords.h"
#include "gateway/store/users.h"

namespace regulars::gateway {
namespace {

constexpr mode_t kOwnerOnly = 0600;

std::string FileContent(const std::string& password) {
  return absl::StrCat(
      "# The first administrator's one-time password. Sign in with it and choose another:\n"
      "# this file is then removed.\n"
      "email: ",
      kFirstAdminEmail, "\npassword: ", password, "\n");
}

absl::Status Insert(Transaction& tx, const std::string& hash) {
  const User admin = {.id = tx.NewId(),
                      .email = kFirstAdminEmail,
                      .display_name = "First administrator",
                      .roles = {std::string(kAdminRole)},
                      .version = absl::ToUnixMicros(tx.now()),
                      .create_time = tx.now(),
                      .update_time = tx.now()};
  ABSL_RETURN_IF_ERROR(users::Insert(tx, admin));
  ABSL_RETURN_IF_ERROR(passwords::Set(tx, admin.id, {.hash = hash, .one_time = true}));
  return first_admin::Set(tx, admin.id);
}

struct State {
  bool any_user = false;
  bool password_in_file = false;
};
absl::StatusOr<State> LoadState(const AccessContext& context) {
  State state;
  ABSL_RETURN_IF_ERROR(context.store.readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(state.any_user, users::Any(db));
    ABSL_ASSIGN_OR_RETURN(const auto admin, first_admin::Find(db));
    state.password_in_file = admin.has_value();
    return absl::OkStatus();
  }));
  return state;
}

}  // namespace

std::string FirstPasswordFile(const std::string& store_path) {
  return absl::StrCat(store_path, ".admin-password");
}

absl::StatusOr<bool> MakeFirstAdmin(AccessContext& context) {
  ABSL_ASSIGN_OR_RETURN(const State state, LoadState(context));
  if (state.any_user) return state.password_in_file;
  const std::string password = OneTimePassword(SecureRandomBytes(kOneTimePasswordRandomBytes));
  ABSL_ASSIGN_OR_RETURN(const std::string hash, context.passwords.Hash(password));
  // The file first: a user whose password nobody was told could never be let in. Killed between the
  // two, the next start writes both anew.
  ABSL_RETURN_IF_ERROR(
      WriteFileAtomically(context.password_file, FileContent(password), kOwnerOnly));
  ABSL_RETURN_IF_ERROR(context.store.writer().Write(
      Lane::kInteractive, {}, [&](Transaction& tx) { return Insert(tx, hash); }));
  return true;
}

absl::Status RemoveStalePasswordFile(const AccessContext& context) {
  ABSL_ASSIGN_OR_RETURN(const State state, LoadState(context));
  if (!state.password_in_file) unlink(context.password_file.c_str());
  return absl::OkStatus();
}

void RemovePasswordFileWhenReplaced(const AccessContext& context) {
  Store& store = context.store;
  // The bell rings for commits that failed, too: the store is asked.
  const auto remove = [file = context.password_file](absl::StatusOr<Snapshot*> db) {
    const absl::Status asked = WithoutExceptions([&]() -> absl::Status {
      ABSL_RETURN_IF_ERROR(db.status());
      ABSL_ASSIGN_OR_RETURN(const auto admin, first_admin::Find(**db));
      if (!admin) unlink(file.c_str());
      return absl::OkStatus();
    });
    asked.IgnoreError();  // Maintenance asks again.
  };
  store.writer().OnRung(first_admin::kBell, [&store, remove] {
    store.readers().Submit({Origin(), remove}).IgnoreError();
  });
}

}  // namespace regulars::gateway
