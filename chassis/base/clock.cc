#include "chassis/base/clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace regulars {
namespace {

class MachineClock : public Clock {
 public:
  absl::Time Now() const override {
    return absl::FromUnixMicros(absl::GetCurrentTimeNanos() / 1000);
  }
};

}  // namespace

const Clock& SystemClock() {
  static const MachineClock& clock = *new MachineClock;
  return clock;
}

absl::Duration Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

absl::Time SandboxClock::Now() const {
  return SystemClock().Now() + absl::Microseconds(ahead_us_.load());
}

void SandboxClock::PutAhead(absl::Duration ahead) {
  const int64_t wanted = absl::ToInt64Microseconds(ahead);
  int64_t current = ahead_us_.load();
  while (current < wanted && !ahead_us_.compare_exchange_weak(current, wanted)) {
  }
}

}  // namespace regulars
