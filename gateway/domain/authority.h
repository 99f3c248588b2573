// What somebody may do, and what they may hand on: never more than they have themselves. Pure.
//
//   ABSL_ASSIGN_OR_RETURN(const Authority hers, Narrow(from_store, from_token, declared));
//   ABSL_RETURN_IF_ERROR(CheckGrant(hers, {.scopes = role.scopes, .stores = user.stores}));
#ifndef GATEWAY_DOMAIN_AUTHORITY_H_
#define GATEWAY_DOMAIN_AUTHORITY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace regulars::gateway {

struct Authority {
  // Patterns of scopes.
  std::vector<std::string> scopes;
  // Stores that it is limited to; empty: all.
  std::vector<std::string> stores;

  friend bool operator==(const Authority&, const Authority&) = default;
};

// PERMISSION_DENIED with GRANT_TOO_WIDE unless `granter` has every scope and store of `granted`.
absl::Status CheckGrant(const Authority& granter, const Authority& granted);

// Whether all that `limited` to stores can reach lies within `stores` (empty: all).
bool StoresWithin(const std::vector<std::string>& limited, const std::vector<std::string>& stores);

// What a caller may do now whose user, role or key says `own` and whose token says `token`: a token
// lives for minutes in which its owner may have lost rights, and may have been asked for with fewer
// than its owner has. A token that carries all of `declared` that its owner has stands for all of
// `own`, services not yet installed included. PERMISSION_DENIED with STORE_NOT_ALLOWED if the
// stores have nothing in common.
absl::StatusOr<Authority> Narrow(const Authority& own, const Authority& token,
                                 const std::vector<std::string>& declared);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_AUTHORITY_H_
