#include "gateway/domain/authority.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "gateway/domain/scopes.h"
#include "gateway/domain/text_rules.h"

namespace regulars::gateway {
namespace {

absl::Status TooWide(absl::string_view what) {
  return PermissionDenied("GRANT_TOO_WIDE",
                          absl::StrCat("nobody can hand on more than they have: ", what));
}

}  // namespace

absl::Status CheckGrant(const Authority& granter, const Authority& granted) {
  for (const std::string& scope : granted.scopes) {
    if (!Covers(granter.scopes, scope)) return TooWide(absl::StrCat("the scope '", scope, "'"));
  }
  if (!StoresWithin(granted.stores, granter.stores)) return TooWide("stores beyond the caller's");
  return absl::OkStatus();
}

bool StoresWithin(const std::vector<std::string>& limited, const std::vector<std::string>& stores) {
  if (stores.empty()) return true;
  return !limited.empty() &&
         std::all_of(limited.begin(), limited.end(), [&](const std::string& store) {
           return std::find(stores.begin(), stores.end(), store) != stores.end();
         });
}

absl::StatusOr<Authority> Narrow(const Authority& own, const Authority& token,
                                 const std::vector<std::string>& declared) {
  Authority narrow;
  const std::vector<std::string> resolved = Resolve(own.scopes, declared);
  const bool whole = std::all_of(resolved.begin(), resolved.end(), [&](const std::string& scope) {
    return Covers(token.scopes, scope);
  });
  if (whole) {
    narrow.scopes = own.scopes;
  } else {
    std::copy_if(token.scopes.begin(), token.scopes.end(), std::back_inserter(narrow.scopes),
                 [&](const std::string& scope) { return Covers(own.scopes, scope); });
  }
  if (own.stores.empty() || token.stores.empty()) {
    narrow.stores = own.stores.empty() ? token.stores : own.stores;
    return narrow;
  }
  std::vector<std::string> mine = own.stores;
  std::vector<std::string> tokens = token.stores;
  SortAndDropDuplicates(mine);
  SortAndDropDuplicates(tokens);
  std::set_intersection(mine.begin(), mine.end(), tokens.begin(), tokens.end(),
                        std::back_inserter(narrow.stores));
  if (narrow.stores.empty()) {
    return PermissionDenied("STORE_NOT_ALLOWED", "the caller's stores have changed: sign in again");
  }
  return narrow;
}

}  // namespace regulars::gateway
