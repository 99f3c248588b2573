#include "chassis/auth/gate.h"

#include "chassis/base/errors.h"

namespace regulars::auth {

absl::StatusOr<Gate::Pass> Gate::Enter() {
  std::unique_lock lock(mutex_);
  if (inside_ >= places_) {
    if (waiting_ >= max_waiting_) {
      return ResourceExhausted("GATE_FULL", "too many requests of this kind at once",
                               absl::Seconds(1));
    }
    ++waiting_;
    given_back_.wait(lock, [&] { return inside_ < places_; });
    --waiting_;
  }
  ++inside_;
  return Pass(this);
}

int Gate::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void Gate::GiveBack() {
  {
    const std::lock_guard lock(mutex_);
    --inside_;
  }
  given_back_.notify_one();
}

}  // namespace regulars::auth
