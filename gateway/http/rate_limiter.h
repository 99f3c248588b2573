// A bucket for each caller, who is known by a token or else by an address. A token counts once it
// is known to be one: whoever invents another for each request is charged by address all the same.
// Bounded: when there are too many callers to remember, the fullest buckets (those who have not
// called for longest) are forgotten.
//
// Thread-safe.
#ifndef GATEWAY_HTTP_RATE_LIMITER_H_
#define GATEWAY_HTTP_RATE_LIMITER_H_

#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::gateway {

class RateLimiter {
 public:
  static constexpr size_t kMaxCallers = 20'000;

  RateLimiter(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Nothing when the caller may go ahead, else how long to wait. `token` is empty without one.
  std::optional<absl::Duration> Take(absl::string_view token, absl::string_view address,
                                     absl::Time now);

  // A token was accepted, or refused.
  void Trust(absl::string_view token, absl::Time now);
  void Distrust(absl::string_view token);

 private:
  struct Bucket {
    double tokens;
    absl::Time time;
  };
  using Buckets = absl::flat_hash_map<std::string, Bucket>;

  // Makes it if need be.
  Bucket& BucketOf(Buckets& buckets, absl::string_view caller, absl::Time now) const;
  void Forget(Buckets& buckets, absl::Time now) const;

  const double per_second_;
  const double burst_;
  std::mutex mutex_;
  Buckets tokens_;  // Guarded by mutex_, as the addresses.
  Buckets addresses_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_RATE_LIMITER_H_
