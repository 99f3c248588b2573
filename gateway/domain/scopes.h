// Scopes and patterns of scopes. A scope is what a method asks for, "customer.read"; a pattern is
// what a role or key allows, a scope whose either part may be "*".
//
//   Covers({"customer.*"}, "customer.read")                               →  true
//   Resolve({"*.read"}, {"access.admin", "customer.read", "feed.read"})   →  both that end in
//   "read"
//
// Pure.
#ifndef GATEWAY_DOMAIN_SCOPES_H_
#define GATEWAY_DOMAIN_SCOPES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

inline constexpr size_t kMaxScopes = 100;
inline constexpr size_t kMaxScopeBytes = 64;

// Two parts of [a-z][a-z0-9_]* or "*", with a dot between, at most kMaxScopeBytes.
bool IsScopePattern(absl::string_view text);

// Whether one of `patterns` allows everything that `pattern` allows, today and later: a part that
// is "*" is covered by "*" alone.
bool Covers(const std::vector<std::string>& patterns, absl::string_view pattern);

// The declared scopes that the patterns allow, in the order of `declared`.
std::vector<std::string> Resolve(const std::vector<std::string>& patterns,
                                 const std::vector<std::string>& declared);

// What a role or key may list. INVALID_ARGUMENT with INVALID_SCOPE for what is no pattern, for more
// than kMaxScopes, and for a verb that a service of this installation does not have: that is a
// slip, while services that are not installed may have any.
absl::Status CheckScopes(absl::string_view field, const std::vector<std::string>& patterns,
                         const std::vector<std::string>& declared);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_SCOPES_H_
