// Who is calling, as a verified token says.
#ifndef CHASSIS_AUTH_CALLER_H_
#define CHASSIS_AUTH_CALLER_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars {

struct Caller {
  // "users/…", "keys/…" or "services/…".
  std::string principal;
  // "<service>.<verb>", e.g. "customer.read".
  std::vector<std::string> scopes;
  // Resource names of the stores or brands the caller is limited to; empty: not limited.
  std::vector<std::string> realms;
  // The one subject whose data a member's token reaches; empty: not a member's token.
  std::string member;
  absl::Time expire_time = absl::InfiniteFuture();

  bool HasScope(absl::string_view scope) const {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
  }
  // Whether what belongs to `realm` (empty: to none) is the caller's to see.
  bool MaySee(absl::string_view realm) const {
    return realms.empty() || std::find(realms.begin(), realms.end(), realm) != realms.end();
  }
};

}  // namespace regulars

#endif  // CHASSIS_AUTH_CALLER_H_
