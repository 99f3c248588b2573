// A user: somebody of the staff who signs in. Plain values and what they may be.
#ifndef GATEWAY_DOMAIN_USER_H_
#define GATEWAY_DOMAIN_USER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace regulars::gateway {

inline constexpr size_t kMaxRolesPerUser = 20;

struct User {
  std::string id;
  std::string email;  // As written; EmailKey() compares.
  std::string display_name;
  std::vector<std::string> roles;   // Their ids.
  std::vector<std::string> stores;  // Empty: all.
  bool disabled = false;
  // Has a one-time password, or none that still holds.
  bool password_expired = false;
  std::optional<absl::Time> last_sign_in_time;
  int64_t version = 0;
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const User&, const User&) = default;
};

// Sorts the lists and checks everything that needs no other row. INVALID_ARGUMENT with fields
// "user.…".
absl::Status CheckUser(User& user);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_USER_H_
