#include "gateway/domain/role.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/domain/scopes.h"
#include "gateway/domain/text_rules.h"

namespace regulars::gateway {
namespace {

constexpr size_t kMaxRoleIdBytes = 63;

Role BuiltIn(absl::string_view id, absl::string_view display_name, absl::string_view description,
             std::vector<std::string> scopes) {
  return {.id = std::string(id),
          .display_name = std::string(display_name),
          .description = std::string(description),
          .scopes = std::move(scopes),
          .built_in = true};
}

bool IsIdCharacter(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; }

}  // namespace

const std::vector<Role>& BuiltInRoles() {
  static const auto& roles = *new std::vector<Role>{
      BuiltIn(kAdminRole, "Administrator", "Does everything, users and keys included.", {"*.*"}),
      BuiltIn("analyst", "Analyst", "Reads everything and changes nothing.", {"*.read"}),
      BuiltIn("marketer", "Marketer",
              "Reads everything; plans campaigns, segments, recommendations and programmes.",
              {"*.read", "campaign.write", "customer.write", "loyalty.write", "recommend.write"}),
      BuiltIn("service", "Service", "For software of the company's own: reads and writes data.",
              {"*.read", "*.write"}),
      BuiltIn("support", "Support",
              "Reads everything; mends customers' data and helps with points and vouchers.",
              {"*.read", "customer.write", "loyalty.write"}),
  };
  return roles;
}

const Role* FindBuiltInRole(absl::string_view id) {
  for (const Role& role : BuiltInRoles()) {
    if (role.id == id) return &role;
  }
  return nullptr;
}

absl::Status CheckRoleId(absl::string_view field, absl::string_view id) {
  const bool good = !id.empty() && id.size() <= kMaxRoleIdBytes && absl::ascii_islower(id[0]) &&
                    id.back() != '-' && std::all_of(id.begin(), id.end(), IsIdCharacter);
  return good ? absl::OkStatus()
              : FieldError(field, "INVALID_ROLE_ID",
                           "must be 1 to 63 lower-case letters, digits and '-', begin with a "
                           "letter and not end in '-'");
}

absl::Status CheckRole(Role& role, const std::vector<std::string>& declared_scopes) {
  ABSL_RETURN_IF_ERROR(CheckText("role.display_name", role.display_name, kMaxDisplayNameLength));
  ABSL_RETURN_IF_ERROR(CheckText("role.description", role.description, kMaxDescriptionLength));
  ABSL_RETURN_IF_ERROR(CheckScopes("role.scopes", role.scopes, declared_scopes));
  SortAndDropDuplicates(role.scopes);
  return absl::OkStatus();
}

}  // namespace regulars::gateway
