#include "gateway/rpc/callers.h"

#include <optional>
#include <string>

#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/domain/scopes.h"
#include "gateway/store/api_keys.h"
#include "gateway/store/roles.h"
#include "gateway/store/users.h"

namespace regulars::gateway {
namespace {

// What every write of AccessService asks for.
constexpr char kAdminScope[] = "access.admin";

absl::Status Disabled() {
  return PermissionDenied("CALLER_DISABLED", "the caller was disabled or deleted");
}

// What the store says of the caller; of services it says nothing, and their token counts.
absl::StatusOr<Authority> StoredAuthority(Snapshot& db, const auth::Caller& caller) {
  absl::string_view id = caller.principal;
  if (absl::ConsumePrefix(&id, "users/")) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<User> user, users::Find(db, id));
    if (!user || user->disabled) return Disabled();
    return AuthorityOf(db, *user);
  }
  if (absl::ConsumePrefix(&id, "apiKeys/")) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<ApiKey> key, api_keys::Find(db, id));
    if (!key || key->disabled) return Disabled();
    return Authority{.scopes = key->scopes, .stores = key->stores};
  }
  return Authority{.scopes = caller.scopes, .stores = caller.realms};
}

}  // namespace

absl::StatusOr<Authority> AuthorityOf(Snapshot& db, const User& user) {
  ABSL_ASSIGN_OR_RETURN(std::vector<std::string> scopes, roles::ScopesOf(db, user.roles));
  return Authority{.scopes = std::move(scopes), .stores = user.stores};
}

absl::StatusOr<Authority> CallerAuthority(const AccessContext& context, Snapshot& db) {
  const auth::Caller& caller = db.caller();
  ABSL_ASSIGN_OR_RETURN(const Authority own, StoredAuthority(db, caller));
  ABSL_ASSIGN_OR_RETURN(Authority now,
                        Narrow(own, {caller.scopes, caller.realms}, context.declared_scopes));
  if (Covers(now.scopes, kAdminScope)) return now;
  return Error(absl::StatusCode::kPermissionDenied, "the caller may no longer administer access",
               {.reason = "SCOPE_MISSING", .metadata = {{"scope", kAdminScope}}});
}

}  // namespace regulars::gateway
