// How long somebody who failed to sign in must wait: not at all at first, then ever longer, up to a
// bound, so that nobody guesses passwords and nobody is locked out for good. Pure.
//
//   Attempts attempts = …;                                           // as stored; {} for none
//   if (const absl::Duration wait = WaitFor(attempts, now); wait > absl::ZeroDuration()) refuse;
//   … the password was wrong: store AfterFailure(attempts, kPerSource, now)
#ifndef GATEWAY_DOMAIN_ATTEMPTS_H_
#define GATEWAY_DOMAIN_ATTEMPTS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::gateway {

struct Attempts {
  int64_t failures = 0;
  absl::Time last_time = absl::InfinitePast();
  absl::Time blocked_until = absl::InfinitePast();

  friend bool operator==(const Attempts&, const Attempts&) = default;
};

struct AttemptRules {
  // Failures that cost nothing.
  int64_t free;
  // The wait after the first one beyond; doubled by each further one.
  absl::Duration first_wait;
  absl::Duration longest_wait;
  // Failures are forgotten when none came for so long.
  absl::Duration forget_after;
};

// Three counts, so that one stranger cannot keep a user out: only many at once can, and not for
// long. Where the source is not counted only the second is left, and all its callers are as many
// strangers. Addresses are counted whether or not a user has them: waiting must not tell.

// For an address tried from one source.
inline constexpr AttemptRules kPerUserAndSource = {4, absl::Seconds(15), absl::Minutes(15),
                                                   absl::Hours(24)};
// For an address tried from anywhere.
inline constexpr AttemptRules kPerUser = {50, absl::Seconds(15), absl::Minutes(5), absl::Hours(24)};
// For a source, whomever it tries to be: many people may share one.
inline constexpr AttemptRules kPerSource = {20, absl::Seconds(15), absl::Minutes(15),
                                            absl::Hours(1)};

Attempts AfterFailure(const Attempts& before, const AttemptRules& rules, absl::Time now);

// Zero if they may try.
absl::Duration WaitFor(const Attempts& attempts, absl::Time now);

// What failures of a source are counted under: an IPv4 address, or the /64 of an IPv6 address, all
// of which belong to one site. Empty, which is not counted, for the machine itself (a proxy before
// us: everybody would share its waits) and for what is no address.
std::string SourceKey(absl::string_view address);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_ATTEMPTS_H_
