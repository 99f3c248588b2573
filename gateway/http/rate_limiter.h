// A bucket for each caller: whoever a token is of, whichever of their tokens it is, else an
// address. A token that is not known yet is charged to its address before it is verified, so
// whoever invents another for each request pays for that. Bounded: when there are too many callers
// to remember, the fullest buckets (those who have not called for longest) are forgotten.
//
//   const auto wait = limiter.Take(token, address, now, [](absl::string_view t) { … });
//
// Thread-safe.
#ifndef GATEWAY_HTTP_RATE_LIMITER_H_
#define GATEWAY_HTTP_RATE_LIMITER_H_

#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::gateway {

class RateLimiter {
 public:
  static constexpr size_t kMaxCallers = 20'000;

  // Whose a token is, and until when.
  struct Owner {
    std::string principal;
    absl::Time until;
  };
  using Verify = absl::FunctionRef<std::optional<Owner>(absl::string_view token)>;

  RateLimiter(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Nothing when the caller may go ahead, else how long to wait. `token` is empty without one.
  std::optional<absl::Duration> Take(absl::string_view token, absl::string_view address,
                                     absl::Time now, Verify verify);

  // A token was refused: from now on it counts for its address.
  void Distrust(absl::string_view token);

 private:
  struct Bucket {
    double tokens;
    absl::Time time;
  };
  using Buckets = absl::flat_hash_map<std::string, Bucket>;

  // The caller holds mutex_.
  std::optional<absl::Duration> TakeFrom(Buckets& buckets, absl::string_view caller,
                                         absl::Time now) const;
  Bucket& BucketOf(Buckets& buckets, absl::string_view caller, absl::Time now) const;
  void Forget(Buckets& buckets, absl::Time now) const;

  const double per_second_;
  const double burst_;
  std::mutex mutex_;
  // Guarded by mutex_, as the buckets.
  absl::flat_hash_map<std::string, Owner> tokens_;
  Buckets principals_;
  Buckets addresses_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_RATE_LIMITER_H_
