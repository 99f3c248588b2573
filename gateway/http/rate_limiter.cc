#include "gateway/http/rate_limiter.h"

#include <algorithm>

namespace regulars::gateway {

std::optional<absl::Duration> RateLimiter::Take(const std::string& caller, absl::Time now) {
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMaxCallers && !buckets_.contains(caller)) Forget(now);
  Bucket& bucket = buckets_.try_emplace(caller, Bucket{burst_, now}).first->second;
  const double gained = absl::ToDoubleSeconds(now - bucket.time) * per_second_;
  bucket.tokens = std::min(burst_, bucket.tokens + std::max(0.0, gained));
  bucket.time = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return absl::Seconds((1 - bucket.tokens) / per_second_);
}

void RateLimiter::Forget(absl::Time now) {
  // A bucket that is full again says nothing about its caller.
  const absl::Duration to_fill = absl::Seconds(burst_ / per_second_);
  absl::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.time > to_fill; });
  // So many callers at once: whoever they are, the slate is wiped rather than memory filled.
  if (buckets_.size() >= kMaxCallers) buckets_.clear();
}

}  // namespace regulars::gateway
