#include "gateway/domain/user.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/domain/email.h"
#include "gateway/domain/text_rules.h"

namespace regulars::gateway {

absl::Status CheckUser(User& user) {
  ABSL_RETURN_IF_ERROR(CheckEmail("user.email", user.email));
  ABSL_RETURN_IF_ERROR(CheckText("user.display_name", user.display_name, kMaxDisplayNameLength));
  ABSL_RETURN_IF_ERROR(CheckStores("user.stores", user.stores));
  SortAndDropDuplicates(user.roles);
  SortAndDropDuplicates(user.stores);
  if (user.roles.size() > kMaxRolesPerUser) {
    return FieldError("user.roles", "TOO_MANY_ROLES",
                      absl::StrCat("may list at most ", kMaxRolesPerUser));
  }
  return absl::OkStatus();
}

}  // namespace regulars::gateway
