#include "gateway/rpc/password_methods.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "gateway/domain/passwords.h"
#include "gateway/rpc/convert.h"
#include "gateway/rpc/refresh_token.h"
#include "gateway/rpc/session_methods.h"
#include "gateway/rpc/sign_in_guard.h"
#include "gateway/rpc/tokens.h"
#include "gateway/store/first_admin.h"
#include "gateway/store/passwords.h"
#include "gateway/store/sessions.h"
#include "gateway/store/users.h"

namespace regulars::gateway {
namespace {

constexpr char kMethod[] = "regulars.access.v1.SessionService.ChangePassword";

struct Current {
  User user;
  StoredPassword password;
};

absl::StatusOr<std::string> UserIdOf(const auth::Caller& caller) {
  absl::string_view id = caller.principal;
  if (absl::ConsumePrefix(&id, "users/")) return std::string(id);
  return FailedPrecondition("NOT_A_USER", "only users have passwords");
}

absl::StatusOr<Current> LoadCurrent(Snapshot& db, const std::string& id) {
  ABSL_ASSIGN_OR_RETURN(std::optional<User> user, users::Find(db, id));
  if (!user || user->disabled) return BadCredentials();
  ABSL_ASSIGN_OR_RETURN(std::optional<StoredPassword> password, passwords::Find(db, id));
  if (!password) return BadCredentials();
  return Current{.user = *std::move(user), .password = *std::move(password)};
}

absl::StatusOr<v1::TokenPair> Replace(const AccessContext& context, Transaction& tx,
                                      const SignInGuard& guard, const Current& checked,
                                      const std::string& hash, const RefreshToken& token) {
  // The password was checked a moment ago; it must still be the one.
  ABSL_ASSIGN_OR_RETURN(Current current, LoadCurrent(tx, checked.user.id));
  if (current.password != checked.password) return BadCredentials();
  ABSL_RETURN_IF_ERROR(passwords::Set(tx, current.user.id, {.hash = hash}));
  ABSL_RETURN_IF_ERROR(sessions::EndAllOf(tx, current.user.id));
  ABSL_RETURN_IF_ERROR(guard.RecordSuccess(tx));
  ABSL_RETURN_IF_ERROR(first_admin::PasswordReplaced(tx, current.user.id).status());
  current.user.password_expired = false;
  return OpenSession(context, tx, current.user, token);
}

}  // namespace

absl::StatusOr<ChangeOf<v1::TokenPair>> ChangePassword(AccessContext& context, const Origin& origin,
                                                       const v1::ChangePasswordRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, UserIdOf(*origin.caller));
  Current current;
  SignInGuard guard;
  ABSL_RETURN_IF_ERROR(context.store.readers().Run(origin, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(current, LoadCurrent(db, id));
    guard = SignInGuard::ForUser(current.user.email, origin.source);
    return guard.CheckMayTry(db);
  }));
  ABSL_RETURN_IF_ERROR(
      CheckNewPassword(request.new_password(), request.current_password(), current.user.email));
  // Longer than any that can be set: wrong without a look.
  bool right = CodePointCount(request.current_password()) <= kMaxPasswordLength;
  if (right) {
    ABSL_ASSIGN_OR_RETURN(
        right, context.passwords.Verify(request.current_password(), current.password.hash));
  }
  if (!right || !current.password.Live(context.store.clock().Now())) {
    ABSL_RETURN_IF_ERROR(
        context.store.writer().Write(Lane::kInteractive, origin, [&](Transaction& tx) {
          return guard.RecordFailure(tx, kMethod, UserName(id), "BAD_CREDENTIALS");
        }));
    return BadCredentials();
  }
  ABSL_ASSIGN_OR_RETURN(const std::string hash, context.passwords.Hash(request.new_password()));
  return ChangeOf<v1::TokenPair>(
      [&context, guard, current, hash, token = RefreshToken::New()](Transaction& tx) {
        return Replace(context, tx, guard, current, hash, token);
      });
}

}  // namespace regulars::gateway
