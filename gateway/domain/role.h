// A role: a named set of scopes. The built-in ones are part of the program and not of the store, so
// that a new version of it can add to them.
#ifndef GATEWAY_DOMAIN_ROLE_H_
#define GATEWAY_DOMAIN_ROLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::gateway {

// Whoever has it may do everything; somebody must.
inline constexpr absl::string_view kAdminRole = "admin";

struct Role {
  std::string id;
  std::string display_name;
  std::string description;
  std::vector<std::string> scopes;  // Patterns.
  bool built_in = false;
  int64_t version = 0;
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const Role&, const Role&) = default;
};

// By id.
const std::vector<Role>& BuiltInRoles();
// Null if there is none.
const Role* FindBuiltInRole(absl::string_view id);

// [a-z]([a-z0-9-]{0,61}[a-z0-9])?: INVALID_ARGUMENT with INVALID_ROLE_ID.
absl::Status CheckRoleId(absl::string_view field, absl::string_view id);

// Sorts the scopes and checks everything but the id. INVALID_ARGUMENT with fields "role.…".
absl::Status CheckRole(Role& role, const std::vector<std::string>& declared_scopes);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_ROLE_H_
