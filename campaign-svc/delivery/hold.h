// For how long nobody tries what could not be reached: a while that doubles with each failure in a
// row, up to a limit.
//
//   if (!Reach(server)) hold.Begin(); else hold.End();
//
// Thread-safe.
#ifndef CAMPAIGN_SVC_DELIVERY_HOLD_H_
#define CAMPAIGN_SVC_DELIVERY_HOLD_H_

#include <algorithm>
#include <mutex>

#include "absl/time/time.h"
#include "chassis/base/clock.h"

namespace regulars::campaign {

class Hold {
 public:
  Hold(const Clock& clock, absl::Duration first, absl::Duration longest)
      : clock_(clock), first_(first), longest_(longest), next_(first) {}

  // It could not be reached; the time until which nobody should try. Those who tried together fail
  // together: that is one failure, and `began` tells the first of them.
  absl::Time Begin(bool* began = nullptr) {
    std::lock_guard lock(mutex_);
    const absl::Time now = clock_.Now();
    const bool first = now >= Until(now);
    if (began != nullptr) *began = first;
    if (first) {
      length_ = next_;
      until_ = now + length_;
      next_ = std::min(next_ * 2, longest_);
    }
    return until_;
  }

  // It could.
  void End() {
    std::lock_guard lock(mutex_);
    next_ = first_;
    until_ = absl::InfinitePast();
  }

  // When to try again; the past when one may now.
  absl::Time until() const {
    std::lock_guard lock(mutex_);
    return Until(clock_.Now());
  }
  bool Holds() const { return clock_.Now() < until(); }

 private:
  // A clock that was set back makes it no longer. The caller holds mutex_.
  absl::Time Until(absl::Time now) const {
    until_ = std::min(until_, now + length_);
    return until_;
  }

  const Clock& clock_;
  const absl::Duration first_;
  const absl::Duration longest_;
  mutable std::mutex mutex_;
  absl::Duration next_;  // Guarded by mutex_, as all below.
  absl::Duration length_;
  mutable absl::Time until_ = absl::InfinitePast();
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_HOLD_H_
