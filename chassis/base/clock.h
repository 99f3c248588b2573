// The source of the current time. Code that decides by time takes it from here (or, within a
// change, from tx.now()), so that tests and the sandbox can move it.
//
// Thread-safe.
#ifndef CHASSIS_BASE_CLOCK_H_
#define CHASSIS_BASE_CLOCK_H_

#include <atomic>

#include "absl/time/time.h"

namespace regulars {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's clock, at microsecond resolution.
const Clock& SystemClock();

// Time since some moment of this process's life. It never goes back, whatever happens to the
// machine's clock: for measuring how long something takes.
absl::Duration Monotonic();

// A clock that can be put ahead of the machine's; it never goes back. Used by --sandbox.
class SandboxClock : public Clock {
 public:
  absl::Time Now() const override;
  // Puts it this far ahead, unless it is further already.
  void PutAhead(absl::Duration ahead);

 private:
  std::atomic<int64_t> ahead_us_{0};
};

// A clock that stands still until it is moved. Used by tests.
class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now) : now_us_(absl::ToUnixMicros(now)) {}
  absl::Time Now() const override { return absl::FromUnixMicros(now_us_.load()); }
  void Advance(absl::Duration by) { now_us_ += absl::ToInt64Microseconds(by); }
  void Set(absl::Time now) { now_us_ = absl::ToUnixMicros(now); }

 private:
  std::atomic<int64_t> now_us_;
};

}  // namespace regulars

#endif  // CHASSIS_BASE_CLOCK_H_
