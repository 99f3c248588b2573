#include "chassis/auth/caller.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "chassis/base/errors.h"

namespace regulars::auth {
namespace {

constexpr absl::string_view kAny = "*";

// ("stock", "write"); without a dot the second part is empty.
std::pair<absl::string_view, absl::string_view> Split(absl::string_view scope) {
  const size_t dot = scope.find('.');
  if (dot == absl::string_view::npos) return {scope, ""};
  return {scope.substr(0, dot), scope.substr(dot + 1)};
}

bool IsScopePart(absl::string_view part) {
  if (part == kAny) return true;
  if (part.empty() || !absl::ascii_islower(part[0])) return false;
  return std::all_of(part.begin(), part.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

}  // namespace

bool IsScope(absl::string_view text) {
  const auto [service, verb] = Split(text);
  return IsScopePart(service) && IsScopePart(verb);
}

bool IsService(const Caller& caller) { return absl::StartsWith(caller.principal, "services/"); }

bool HasScope(const Caller& caller, absl::string_view needed) {
  const auto [service, verb] = Split(needed);
  for (const absl::string_view scope : caller.scopes) {
    const auto [granted_service, granted_verb] = Split(scope);
    if ((granted_service == service || granted_service == kAny) &&
        (granted_verb == verb || granted_verb == kAny)) {
      return true;
    }
  }
  return false;
}

bool MaySee(const Caller& caller, absl::string_view realm) {
  return caller.realms.empty() ||
         std::find(caller.realms.begin(), caller.realms.end(), realm) != caller.realms.end();
}

absl::Status RefuseStoreLimited(const Caller& caller) {
  if (caller.realms.empty()) return absl::OkStatus();
  return PermissionDenied("STORE_LIMITED", "callers limited to stores may not do this");
}

}  // namespace regulars::auth
