// Lets a line that may repeat into the log once a minute. Thread-safe.
//
//   if (read_failures_.Passes()) LogWarning("the next task cannot be read", {{"why", …}});
#ifndef CHASSIS_OBSERVE_LOG_LIMIT_H_
#define CHASSIS_OBSERVE_LOG_LIMIT_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "chassis/base/clock.h"

namespace regulars {

class LogLimit {
 public:
  bool Passes() {
    const int64_t now = absl::ToInt64Seconds(Monotonic());
    int64_t next = next_;
    return now >= next && next_.compare_exchange_strong(next, now + kSeconds);
  }

 private:
  static constexpr int64_t kSeconds = 60;
  std::atomic<int64_t> next_{0};  // By Monotonic().
};

}  // namespace regulars

#endif  // CHASSIS_OBSERVE_LOG_LIMIT_H_
