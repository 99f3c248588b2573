#include "gateway/http/rate_limiter.h"

#include <algorithm>

namespace regulars::gateway {

std::optional<absl::Duration> RateLimiter::Take(absl::string_view token, absl::string_view address,
                                                absl::Time now) {
  std::lock_guard lock(mutex_);
  const auto known = tokens_.find(token);
  Bucket& bucket = known != tokens_.end() ? known->second : BucketOf(addresses_, address, now);
  const double gained = absl::ToDoubleSeconds(now - bucket.time) * per_second_;
  bucket.tokens = std::min(burst_, bucket.tokens + std::max(0.0, gained));
  bucket.time = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return absl::Seconds((1 - bucket.tokens) / per_second_);
}

void RateLimiter::Trust(absl::string_view token, absl::Time now) {
  std::lock_guard lock(mutex_);
  BucketOf(tokens_, token, now);
}

void RateLimiter::Distrust(absl::string_view token) {
  std::lock_guard lock(mutex_);
  tokens_.erase(token);
}

RateLimiter::Bucket& RateLimiter::BucketOf(Buckets& buckets, absl::string_view caller,
                                           absl::Time now) const {
  if (const auto found = buckets.find(caller); found != buckets.end()) return found->second;
  if (buckets.size() >= kMaxCallers) Forget(buckets, now);
  return buckets.try_emplace(std::string(caller), Bucket{burst_, now}).first->second;
}

void RateLimiter::Forget(Buckets& buckets, absl::Time now) const {
  // A bucket that is full again says nothing about its caller.
  const absl::Duration to_fill = absl::Seconds(burst_ / per_second_);
  absl::erase_if(buckets, [&](const auto& entry) { return now - entry.second.time > to_fill; });
  // So many callers at once: whoever they are, the slate is wiped rather than memory filled.
  if (buckets.size() >= kMaxCallers) buckets.clear();
}

}  // namespace regulars::gateway
