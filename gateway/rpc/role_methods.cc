#include "gateway/rpc/role_methods.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "gateway/domain/role.h"
#include "gateway/rpc/callers.h"
#include "gateway/rpc/convert.h"
#include "gateway/rpc/requests.h"
#include "gateway/store/roles.h"
#include "gateway/store/users.h"

namespace regulars::gateway {
namespace {

absl::StatusOr<Role> Load(Snapshot& db, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(std::optional<Role> role, roles::Find(db, id));
  if (role) return *std::move(role);
  return Error(absl::StatusCode::kNotFound, absl::StrCat("no role '", RoleName(id), "'"),
               {.reason = "ROLE_NOT_FOUND", .metadata = {{"role", RoleName(id)}}});
}

absl::Status CheckNotBuiltIn(const Role& role) {
  if (!role.built_in) return absl::OkStatus();
  return FailedPrecondition("ROLE_BUILT_IN",
                            absl::StrCat("'", RoleName(role.id), "' is built in: make another"));
}

// A role counts in every store, so only who is limited to none may give it a meaning.
absl::Status CheckMayWrite(const Authority& caller, const Role& role) {
  return CheckGrant(caller, {.scopes = role.scopes});
}

void Apply(const std::set<std::string>& paths, Role&& from, Role& role) {
  if (paths.count("display_name") > 0) role.display_name = std::move(from.display_name);
  if (paths.count("description") > 0) role.description = std::move(from.description);
  if (paths.count("scopes") > 0) role.scopes = std::move(from.scopes);
}

absl::StatusOr<v1::Role> Make(const AccessContext& context, Transaction& tx,
                              const Authority& caller, Role role) {
  ABSL_RETURN_IF_ERROR(CheckRole(role, context.declared_scopes));
  ABSL_RETURN_IF_ERROR(CheckMayWrite(caller, role));
  role.version = absl::ToUnixMicros(tx.now());
  role.create_time = role.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(roles::Insert(tx, role));
  return ToProto(role);
}

}  // namespace

absl::StatusOr<v1::Role> CreateRole(const AccessContext& context, Transaction& tx,
                                    const v1::CreateRoleRequest& request) {
  if (!request.role().name().empty()) {
    return FieldError("role.name", "INVALID_NAME", "must be empty: role_id names the role");
  }
  ABSL_RETURN_IF_ERROR(CheckRoleId("role_id", request.role_id()));
  ABSL_ASSIGN_OR_RETURN(const Authority caller, CallerAuthority(context, tx));
  ABSL_ASSIGN_OR_RETURN(const std::optional<Role> existing, roles::Find(tx, request.role_id()));
  if (existing) {
    return AlreadyExists("ROLE_EXISTS", absl::StrCat("'", RoleName(existing->id), "' exists"));
  }
  Role role = FromProto(request.role());
  role.id = request.role_id();
  return Make(context, tx, caller, std::move(role));
}

absl::StatusOr<v1::Role> GetRole(Snapshot& db, const v1::GetRoleRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("roles", request.name()));
  ABSL_ASSIGN_OR_RETURN(const Role role, Load(db, id));
  return ToProto(role);
}

absl::StatusOr<v1::ListRolesResponse> ListRoles(Snapshot& db, const v1::ListRolesRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const std::vector<Role> found,
                        roles::List(db, page.after_id(), page.size + 1));
  v1::ListRolesResponse response;
  for (const Role& role : found) {
    if (response.roles_size() == page.size) {
      const std::string& last = found[static_cast<size_t>(page.size) - 1].id;
      response.set_next_page_token(rpc::NextPageToken(request, db.now(), {last}));
      break;
    }
    *response.add_roles() = ToProto(role);
  }
  return response;
}

absl::StatusOr<v1::Role> UpdateRole(const AccessContext& context, Transaction& tx,
                                    const v1::UpdateRoleRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("roles", request.role().name(), "role.name"));
  ABSL_ASSIGN_OR_RETURN(const auto paths, PathsToChange(request.update_mask(), request.role()));
  ABSL_ASSIGN_OR_RETURN(const Authority caller, CallerAuthority(context, tx));
  ABSL_ASSIGN_OR_RETURN(const std::optional<Role> existing, roles::Find(tx, id));
  if (!existing && request.allow_missing()) {
    ABSL_RETURN_IF_ERROR(CheckRoleId("role.name", id));
    Role role = FromProto(request.role());
    role.id = id;
    return Make(context, tx, caller, std::move(role));
  }
  if (!existing) return Load(tx, id).status();
  ABSL_RETURN_IF_ERROR(CheckNotBuiltIn(*existing));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.role().etag(), existing->version));
  ABSL_RETURN_IF_ERROR(CheckMayWrite(caller, *existing));
  Role next = *existing;
  Apply(paths, FromProto(request.role()), next);
  ABSL_RETURN_IF_ERROR(CheckRole(next, context.declared_scopes));
  ABSL_RETURN_IF_ERROR(CheckMayWrite(caller, next));
  if (next == *existing) return ToProto(next);
  ++next.version;
  next.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(roles::Update(tx, next));
  return ToProto(next);
}

absl::StatusOr<google::protobuf::Empty> DeleteRole(const AccessContext& context, Transaction& tx,
                                                   const v1::DeleteRoleRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("roles", request.name()));
  ABSL_ASSIGN_OR_RETURN(const Authority caller, CallerAuthority(context, tx));
  const absl::StatusOr<Role> role = Load(tx, id);
  if (absl::IsNotFound(role.status()) && request.allow_missing()) return google::protobuf::Empty();
  if (!role.ok()) return role.status();
  ABSL_RETURN_IF_ERROR(CheckNotBuiltIn(*role));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), role->version));
  ABSL_RETURN_IF_ERROR(CheckMayWrite(caller, *role));
  ABSL_ASSIGN_OR_RETURN(const bool used, users::AnyWithRole(tx, id));
  if (used) return FailedPrecondition("ROLE_IN_USE", "a user has this role");
  ABSL_RETURN_IF_ERROR(roles::Delete(tx, id));
  return google::protobuf::Empty();
}

}  // namespace regulars::gateway
