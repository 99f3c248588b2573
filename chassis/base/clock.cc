#include "chassis/base/clock.h"

#include "absl/time/clock.h"
#include "chassis/base/check.h"

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

absl::Time SandboxClock::Now() const {
  return SystemClock().Now() + absl::Microseconds(offset_us_.load());
}

void SandboxClock::Advance(absl::Duration by) {
  // Callers refuse negative durations as bad input before they come here.
  CHECK(by >= absl::ZeroDuration());
  offset_us_ += absl::ToInt64Microseconds(by);
}

}  // namespace regulars
