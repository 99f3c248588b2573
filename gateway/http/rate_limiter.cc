#include "gateway/http/rate_limiter.h"

#include <algorithm>

namespace regulars::gateway {

std::optional<absl::Duration> RateLimiter::Take(absl::string_view token, absl::string_view address,
                                                absl::Time now, Verify verify) {
  {
    std::lock_guard lock(mutex_);
    const auto known = tokens_.find(token);
    if (known != tokens_.end() && now < known->second.until) {
      return TakeFrom(principals_, known->second.principal, now);
    }
    const std::optional<absl::Duration> wait = TakeFrom(addresses_, address, now);
    if (wait || token.empty()) return wait;
  }
  std::optional<Owner> owner = verify(token);
  if (!owner) return std::nullopt;
  std::lock_guard lock(mutex_);
  // One that is forgotten is verified again.
  if (tokens_.size() >= kMaxCallers) tokens_.clear();
  const auto known = tokens_.insert_or_assign(std::string(token), *std::move(owner)).first;
  return TakeFrom(principals_, known->second.principal, now);
}

void RateLimiter::Distrust(absl::string_view token) {
  std::lock_guard lock(mutex_);
  tokens_.erase(token);
}

std::optional<absl::Duration> RateLimiter::TakeFrom(Buckets& buckets, absl::string_view caller,
                                                    absl::Time now) const {
  Bucket& bucket = BucketOf(buckets, caller, now);
  const double gained = absl::ToDoubleSeconds(now - bucket.time) * per_second_;
  bucket.tokens = std::min(burst_, bucket.tokens + std::max(0.0, gained));
  bucket.time = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return absl::Seconds((1 - bucket.tokens) / per_second_);
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
