#include "bench/load.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "absl/time/clock.h"

namespace regulars::bench {
namespace {

// The state of one run; calls in flight point to it.
class Loop {
 public:
  Loop(const StartCall& start, absl::Duration duration)
      : start_(start), end_(absl::Now() + duration) {}

  void Begin(int in_flight) {
    open_ = in_flight;
    for (int i = 0; i < in_flight; ++i) Next();
  }

  LoadResult Wait(absl::Duration duration) {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return open_ == 0; });
    LoadResult result;
    result.errors = errors_;
    if (latencies_.empty()) return result;
    std::sort(latencies_.begin(), latencies_.end());
    result.per_second = static_cast<double>(latencies_.size()) / absl::ToDoubleSeconds(duration);
    result.p50 = latencies_[latencies_.size() / 2];
    result.p99 = latencies_[latencies_.size() * 99 / 100];
    return result;
  }

 private:
  void Next() {
    const absl::Time begun = absl::Now();
    start_([this, begun](bool ok) { Done(begun, ok); });
  }

  void Done(absl::Time begun, bool ok) {
    const absl::Time now = absl::Now();
    {
      std::lock_guard lock(mutex_);
      // Answers that come after the end do not count.
      if (ok && now <= end_) latencies_.push_back(now - begun);
      if (!ok) ++errors_;
      if (now >= end_) {
        if (--open_ == 0) idle_.notify_one();
        return;
      }
    }
    Next();
  }

  const StartCall& start_;
  const absl::Time end_;
  std::mutex mutex_;
  std::condition_variable idle_;
  int open_ = 0;  // Guarded by mutex_, as all below.
  int64_t errors_ = 0;
  std::vector<absl::Duration> latencies_;
};

}  // namespace

LoadResult RunLoad(const StartCall& start, int in_flight, absl::Duration duration) {
  Loop loop(start, duration);
  loop.Begin(in_flight);
  return loop.Wait(duration);
}

}  // namespace regulars::bench
