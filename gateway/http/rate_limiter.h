// A token bucket for each caller. Bounded: when there are too many callers to remember, the fullest
// buckets (those who have not called for longest) are forgotten.
//
// Thread-safe.
#ifndef GATEWAY_HTTP_RATE_LIMITER_H_
#define GATEWAY_HTTP_RATE_LIMITER_H_

#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace regulars::gateway {

class RateLimiter {
 public:
  static constexpr size_t kMaxCallers = 20'000;

  RateLimiter(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Nothing when the caller may go ahead, else how long to wait.
  std::optional<absl::Duration> Take(const std::string& caller, absl::Time now);

 private:
  struct Bucket {
    double tokens;
    absl::Time time;
  };

  void Forget(absl::Time now);

  const double per_second_;
  const double burst_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Bucket> buckets_;  // Guarded by mutex_.
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_RATE_LIMITER_H_
