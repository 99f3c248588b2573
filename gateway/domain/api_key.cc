#include "gateway/domain/api_key.h"

#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/domain/scopes.h"
#include "gateway/domain/text_rules.h"

namespace regulars::gateway {

absl::Status CheckApiKey(ApiKey& key, const std::vector<std::string>& declared_scopes) {
  if (key.display_name.empty()) {
    return FieldError("api_key.display_name", "FIELD_MISSING", "must say which system it is for");
  }
  ABSL_RETURN_IF_ERROR(CheckText("api_key.display_name", key.display_name, kMaxDisplayNameLength));
  if (key.scopes.empty()) {
    return FieldError("api_key.scopes", "INVALID_SCOPE", "must list what the key allows");
  }
  ABSL_RETURN_IF_ERROR(CheckScopes("api_key.scopes", key.scopes, declared_scopes));
  ABSL_RETURN_IF_ERROR(CheckStores("api_key.stores", key.stores));
  SortAndDropDuplicates(key.scopes);
  SortAndDropDuplicates(key.stores);
  return absl::OkStatus();
}

}  // namespace regulars::gateway
