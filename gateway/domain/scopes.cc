#include "gateway/domain/scopes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars::gateway {
namespace {

// ("customer", "read"); without a dot the second part is empty.
std::pair<absl::string_view, absl::string_view> Split(absl::string_view scope) {
  const size_t dot = scope.find('.');
  if (dot == absl::string_view::npos) return {scope, ""};
  return {scope.substr(0, dot), scope.substr(dot + 1)};
}

bool IsPart(absl::string_view part) {
  if (part == "*") return true;
  if (part.empty() || !absl::ascii_islower(part[0])) return false;
  return std::all_of(part.begin(), part.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

bool PartCovers(absl::string_view granted, absl::string_view wanted) {
  return granted == "*" || granted == wanted;
}

bool IsSlip(absl::string_view pattern, const std::vector<std::string>& declared) {
  const absl::string_view service = Split(pattern).first;
  const bool installed = std::any_of(declared.begin(), declared.end(), [&](const std::string& d) {
    return absl::StartsWith(d, absl::StrCat(service, "."));
  });
  return installed && Resolve({std::string(pattern)}, declared).empty();
}

}  // namespace

bool IsScopePattern(absl::string_view text) {
  const auto [service, verb] = Split(text);
  return text.size() <= kMaxScopeBytes && IsPart(service) && IsPart(verb);
}

bool Covers(const std::vector<std::string>& patterns, absl::string_view pattern) {
  const auto [service, verb] = Split(pattern);
  for (const std::string& granted : patterns) {
    const auto [granted_service, granted_verb] = Split(granted);
    if (PartCovers(granted_service, service) && PartCovers(granted_verb, verb)) return true;
  }
  return false;
}

std::vector<std::string> Resolve(const std::vector<std::string>& patterns,
                                 const std::vector<std::string>& declared) {
  std::vector<std::string> resolved;
  for (const std::string& scope : declared) {
    if (Covers(patterns, scope)) resolved.push_back(scope);
  }
  return resolved;
}

absl::Status CheckScopes(absl::string_view field, const std::vector<std::string>& patterns,
                         const std::vector<std::string>& declared) {
  if (patterns.size() > kMaxScopes) {
    return FieldError(field, "INVALID_SCOPE", absl::StrCat("may list at most ", kMaxScopes));
  }
  for (size_t i = 0; i < patterns.size(); ++i) {
    const std::string place = absl::StrCat(field, "[", i, "]");
    if (!IsScopePattern(patterns[i])) {
      return FieldError(place, "INVALID_SCOPE",
                        "must be '<service>.<verb>', where either part may be '*'");
    }
    if (IsSlip(patterns[i], declared)) {
      return FieldError(place, "INVALID_SCOPE",
                        absl::StrCat("is '", patterns[i], "', which that service does not have"));
    }
  }
  return absl::OkStatus();
}

}  // namespace regulars::gateway
