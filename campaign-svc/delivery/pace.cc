#include "campaign-svc/delivery/pace.h"

#include <algorithm>

#include "chassis/base/clock.h"

namespace regulars::campaign {

bool Pace::IsTurnOf(SendLane lane) const {
  const bool singles = waiting_[static_cast<size_t>(SendLane::kSingle)] > 0;
  const bool campaigns = waiting_[static_cast<size_t>(SendLane::kCampaign)] > 0;
  if (lane == SendLane::kSingle) return !campaigns || singles_in_row_ < kSinglesOfFive;
  return !singles || singles_in_row_ >= kSinglesOfFive;
}

bool Pace::Acquire(SendLane lane, int64_t per_second) {
  std::unique_lock lock(mutex_);
  if (per_second <= 0) return !stopped_;
  int& waiting = waiting_[static_cast<size_t>(lane)];
  ++waiting;
  while (!stopped_) {
    const absl::Duration now = Monotonic();
    if (now >= next_slot_ && IsTurnOf(lane)) break;
    const absl::Duration wait =
        std::clamp(next_slot_ - now, absl::Milliseconds(1), absl::Seconds(1));
    changed_.wait_for(lock, absl::ToChronoMicroseconds(wait));
  }
  --waiting;
  if (stopped_) return false;
  // Slots that nobody took are gone.
  next_slot_ =
      std::max(next_slot_, Monotonic() - absl::Milliseconds(10)) + absl::Seconds(1) / per_second;
  const bool contended = waiting_[static_cast<size_t>(SendLane::kCampaign)] > 0;
  singles_in_row_ = lane == SendLane::kSingle && contended ? singles_in_row_ + 1 : 0;
  changed_.notify_all();
  return true;
}

void Pace::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace regulars::campaign
