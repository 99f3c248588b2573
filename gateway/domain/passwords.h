// What passwords may be, how long sign-ins last, and what one-time passwords look like. Pure.
#ifndef GATEWAY_DOMAIN_PASSWORDS_H_
#define GATEWAY_DOMAIN_PASSWORDS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::gateway {

// In characters.
inline constexpr size_t kMinPasswordLength = 12;
inline constexpr size_t kMaxPasswordLength = 200;

inline constexpr absl::Duration kAccessTokenLife = absl::Minutes(15);
// A session ends when it is not refreshed for kRefreshLife, and after kSessionLife in any case.
inline constexpr absl::Duration kRefreshLife = absl::Hours(24 * 7);
inline constexpr absl::Duration kSessionLife = absl::Hours(24 * 30);
// Beyond that the oldest ends.
inline constexpr size_t kMaxSessionsPerUser = 20;
inline constexpr absl::Duration kOneTimePasswordLife = absl::Hours(24 * 7);

// A user's password as it is kept.
struct StoredPassword {
  std::string hash;
  // Signs in only to choose another.
  bool one_time = false;
  // When a one-time password ends; the first administrator's does not.
  std::optional<absl::Time> expire_time;

  bool Live(absl::Time now) const { return !expire_time || now < *expire_time; }
  friend bool operator==(const StoredPassword&, const StoredPassword&) = default;
};

// INVALID_ARGUMENT with WEAK_PASSWORD of the field new_password.
absl::Status CheckNewPassword(absl::string_view new_password, absl::string_view current_password,
                              absl::string_view email);

inline constexpr size_t kOneTimePasswordRandomBytes = 16;

// 20 characters that are not mistaken for one another, in groups: "k7x2m-9qv4t-0c3hr-w8znd". 100
// bits of `random`, which has kOneTimePasswordRandomBytes.
std::string OneTimePassword(absl::string_view random);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_PASSWORDS_H_
