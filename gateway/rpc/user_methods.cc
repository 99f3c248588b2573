#include "gateway/rpc/user_methods.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "gateway/domain/email.h"
#include "gateway/domain/passwords.h"
#include "gateway/domain/role.h"
#include "gateway/rpc/callers.h"
#include "gateway/rpc/convert.h"
#include "gateway/rpc/requests.h"
#include "gateway/store/first_admin.h"
#include "gateway/store/passwords.h"
#include "gateway/store/roles.h"
#include "gateway/store/sessions.h"
#include "gateway/store/users.h"

namespace regulars::gateway {
namespace {

absl::Status UserNotFound(absl::string_view id) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat("no user '", UserName(id), "'"),
               {.reason = "USER_NOT_FOUND", .metadata = {{"user", UserName(id)}}});
}

// The user, for a caller limited to `stores`: who is not limited to some of these is not there.
absl::StatusOr<User> LoadVisible(Snapshot& db, absl::string_view id,
                                 const std::vector<std::string>& stores) {
  ABSL_ASSIGN_OR_RETURN(std::optional<User> user, users::Find(db, id));
  if (!user || !StoresWithin(user->stores, stores)) return UserNotFound(id);
  return *std::move(user);
}

// What the caller may do and the user, who may not do more.
struct Managed {
  Authority caller;
  User user;
};
absl::StatusOr<Managed> LoadManaged(const AccessContext& context, Snapshot& db,
                                    absl::string_view id) {
  Managed managed;
  ABSL_ASSIGN_OR_RETURN(managed.caller, CallerAuthority(context, db));
  ABSL_ASSIGN_OR_RETURN(managed.user, LoadVisible(db, id, managed.caller.stores));
  ABSL_ASSIGN_OR_RETURN(const Authority hers, AuthorityOf(db, managed.user));
  ABSL_RETURN_IF_ERROR(CheckGrant(managed.caller, hers));
  return managed;
}

// What needs other rows: the roles are there, the address is free, the caller may hand it all on.
absl::Status CheckAgainstStore(Snapshot& db, const Authority& caller, const User& user) {
  for (const std::string& role : user.roles) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<Role> found, roles::Find(db, role));
    if (found) continue;
    return Error(absl::StatusCode::kNotFound, absl::StrCat("no role '", RoleName(role), "'"),
                 {.reason = "ROLE_NOT_FOUND", .metadata = {{"role", RoleName(role)}}});
  }
  ABSL_ASSIGN_OR_RETURN(const Authority hers, AuthorityOf(db, user));
  ABSL_RETURN_IF_ERROR(CheckGrant(caller, hers));
  ABSL_ASSIGN_OR_RETURN(const bool taken, users::EmailTaken(db, EmailKey(user.email), user.id));
  return taken ? AlreadyExists("USER_EXISTS", "another user has this e-mail address")
               : absl::OkStatus();
}

bool IsAdmin(const User& user) {
  return !user.disabled && user.stores.empty() &&
         std::find(user.roles.begin(), user.roles.end(), kAdminRole) != user.roles.end();
}

// FAILED_PRECONDITION unless an admin stays who can sign in, when `user` becomes `next` (or
// nobody).
absl::Status CheckAdminStays(Snapshot& db, const User& user, const std::optional<User>& next) {
  if (!IsAdmin(user) || (next && IsAdmin(*next))) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto password, passwords::Find(db, user.id));
  if (!password) return absl::OkStatus();  // Is none of those who are counted.
  ABSL_ASSIGN_OR_RETURN(const int64_t admins, users::CountAdmins(db));
  return admins > 1 ? absl::OkStatus()
                    : FailedPrecondition("LAST_ADMIN", "this is the last user who is admin");
}

void Apply(const std::set<std::string>& paths, User&& from, User& user) {
  if (paths.count("email") > 0) user.email = std::move(from.email);
  if (paths.count("display_name") > 0) user.display_name = std::move(from.display_name);
  if (paths.count("roles") > 0) user.roles = std::move(from.roles);
  if (paths.count("stores") > 0) user.stores = std::move(from.stores);
  if (paths.count("disabled") > 0) user.disabled = from.disabled;
}

}  // namespace

absl::StatusOr<v1::User> CreateUser(const AccessContext& context, Transaction& tx,
                                    const v1::CreateUserRequest& request) {
  if (!request.user().name().empty()) {
    return FieldError("user.name", "INVALID_NAME", "must be empty: the service makes it");
  }
  ABSL_ASSIGN_OR_RETURN(User user, FromProto(request.user()));
  ABSL_RETURN_IF_ERROR(CheckUser(user));
  ABSL_ASSIGN_OR_RETURN(const Authority caller, CallerAuthority(context, tx));
  ABSL_RETURN_IF_ERROR(CheckAgainstStore(tx, caller, user));
  user.id = tx.NewId();
  user.version = absl::ToUnixMicros(tx.now());
  user.create_time = user.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(users::Insert(tx, user));
  return ToProto(user);
}

absl::StatusOr<v1::User> GetUser(Snapshot& db, const v1::GetUserRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("users", request.name()));
  ABSL_ASSIGN_OR_RETURN(const User user, LoadVisible(db, id, db.caller().realms));
  return ToProto(user);
}

absl::StatusOr<v1::ListUsersResponse> ListUsers(Snapshot& db, const v1::ListUsersRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const filter::Expression filter, users::CompileFilter(request.filter()));
  ABSL_ASSIGN_OR_RETURN(const std::vector<User> found,
                        users::List(db, {.after_id = page.after_id(),
                                         .limit = page.size + 1,
                                         .filter = filter,
                                         .within_stores = db.caller().realms}));
  v1::ListUsersResponse response;
  for (const User& user : found) {
    if (response.users_size() == page.size) {
      const std::string& last = found[static_cast<size_t>(page.size) - 1].id;
      response.set_next_page_token(rpc::NextPageToken(request, db.now(), {last}));
      break;
    }
    *response.add_users() = ToProto(user);
  }
  return response;
}

absl::StatusOr<v1::User> UpdateUser(const AccessContext& context, Transaction& tx,
                                    const v1::UpdateUserRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("users", request.user().name(), "user.name"));
  ABSL_ASSIGN_OR_RETURN(const auto paths, PathsToChange(request.update_mask(), request.user()));
  ABSL_ASSIGN_OR_RETURN(User given, FromProto(request.user()));
  ABSL_ASSIGN_OR_RETURN(const Managed managed, LoadManaged(context, tx, id));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.user().etag(), managed.user.version));
  User next = managed.user;
  Apply(paths, std::move(given), next);
  ABSL_RETURN_IF_ERROR(CheckUser(next));
  ABSL_RETURN_IF_ERROR(CheckAgainstStore(tx, managed.caller, next));
  ABSL_RETURN_IF_ERROR(CheckAdminStays(tx, managed.user, next));
  if (next == managed.user) return ToProto(next);
  ++next.version;
  next.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(users::Update(tx, next));
  if (next.disabled) ABSL_RETURN_IF_ERROR(sessions::EndAllOf(tx, id));
  return ToProto(next);
}

absl::StatusOr<google::protobuf::Empty> DeleteUser(const AccessContext& context, Transaction& tx,
                                                   const v1::DeleteUserRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("users", request.name()));
  const absl::StatusOr<Managed> managed = LoadManaged(context, tx, id);
  if (absl::IsNotFound(managed.status()) && request.allow_missing()) {
    return google::protobuf::Empty();
  }
  if (!managed.ok()) return managed.status();
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), managed->user.version));
  ABSL_RETURN_IF_ERROR(CheckAdminStays(tx, managed->user, std::nullopt));
  ABSL_RETURN_IF_ERROR(users::Delete(tx, id));
  return google::protobuf::Empty();
}

absl::StatusOr<ChangeOf<v1::ResetUserPasswordResponse>> ResetUserPassword(
    AccessContext& context, const Origin&, const v1::ResetUserPasswordRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("users", request.name()));
  const std::string password = OneTimePassword(SecureRandomBytes(kOneTimePasswordRandomBytes));
  ABSL_ASSIGN_OR_RETURN(const std::string hash, context.passwords.Hash(password));
  return ChangeOf<v1::ResetUserPasswordResponse>(
      [&context, id, password,
       hash](Transaction& tx) -> absl::StatusOr<v1::ResetUserPasswordResponse> {
        ABSL_RETURN_IF_ERROR(LoadManaged(context, tx, id).status());
        ABSL_RETURN_IF_ERROR(passwords::Set(
            tx, id,
            {.hash = hash, .one_time = true, .expire_time = tx.now() + kOneTimePasswordLife}));
        ABSL_RETURN_IF_ERROR(first_admin::PasswordReplaced(tx, id).status());
        ABSL_RETURN_IF_ERROR(sessions::EndAllOf(tx, id));
        v1::ResetUserPasswordResponse response;
        response.set_one_time_password(password);
        return response;
      });
}

}  // namespace regulars::gateway
