// Who calls, and what they may do: what a verified token says.
//
//   if (!HasScope(caller, "stock.write")) return PermissionDenied(…);
//   if (!MaySee(caller, order.store)) return NotFound(…);
#ifndef CHASSIS_AUTH_CALLER_H_
#define CHASSIS_AUTH_CALLER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::auth {

struct Caller {
  // The resource name of who it is: "users/…", "apiKeys/…", "services/…".
  std::string principal;
  // What they may do, each "<service>.<verb>"; either part may be "*".
  std::vector<std::string> scopes;
  // Resource names of the stores and brands whose data they may see. Empty: all.
  std::vector<std::string> realms;
  // The resource name of the one subject whose own data a token reaches; methods that take no such
  // token refuse it.
  std::optional<std::string> member;
  // When the token ends.
  absl::Time expiry = absl::InfiniteFuture();

  friend bool operator==(const Caller&, const Caller&) = default;
};

// Whether `text` can be a granted scope: two parts of [a-z][a-z0-9_]* or "*", with a dot between.
bool IsScope(absl::string_view text);

// Whether it is a service of this installation, in its own name.
bool IsService(const Caller& caller);

// Whether one of the caller's scopes covers `needed`, which has no "*": both parts must be the same
// or "*". A verb implies no other: who may write needs the scope to read as well.
bool HasScope(const Caller& caller, absl::string_view needed);

// Whether the caller may see data of the store or brand named `realm`. Exact names: a store's data
// is not its brand's.
bool MaySee(const Caller& caller, absl::string_view realm);

// For what concerns all stores at once: PERMISSION_DENIED with STORE_LIMITED for callers limited to
// some.
absl::Status RefuseStoreLimited(const Caller& caller);

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_CALLER_H_
