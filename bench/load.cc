#include "bench/load.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "absl/time/clock.h"
#include "chassis/base/check.h"

namespace regulars::bench {
namespace {

// Calls that fall due within it go out together.
constexpr absl::Duration kShortestSleep = absl::Microseconds(200);

// The state of one run; calls in flight point to it.
class Loop {
 public:
  Loop(const StartCall& start, absl::Duration duration)
      : start_(start), end_(absl::Now() + duration) {}

  void Begin(int in_flight) {
    open_ = in_flight;
    closed_ = true;
    for (int i = 0; i < in_flight; ++i) Next();
  }

  // One call more, which was due then and sets off no other.
  void One(absl::Time due) {
    {
      std::lock_guard lock(mutex_);
      ++open_;
    }
    Start(due);
  }

  LoadResult Wait(absl::Duration duration) {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return open_ == 0; });
    LoadResult result;
    result.errors = errors_;
    CHECK(!latencies_.empty());  // Of no answer there is no figure.
    std::sort(latencies_.begin(), latencies_.end());
    result.per_second = static_cast<double>(in_time_) / absl::ToDoubleSeconds(duration);
    result.p50 = latencies_[latencies_.size() / 2];
    result.p99 = latencies_[latencies_.size() * 99 / 100];
    return result;
  }

 private:
  void Next() { Start(absl::Now()); }

  void Start(absl::Time due) {
    start_([this, due](bool ok) { Done(due, ok); });
  }

  void Done(absl::Time due, bool ok) {
    const absl::Time now = absl::Now();
    {
      std::lock_guard lock(mutex_);
      // The last ones are answered after the end: they are waited for as all are, but they are no
      // throughput of the time before it.
      if (ok) latencies_.push_back(now - due);
      if (ok && now <= end_) ++in_time_;
      if (!ok) ++errors_;
      if (!closed_ || now >= end_) {
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
  // Whether each answered call sets off the next. Set before the first one.
  bool closed_ = false;
  int open_ = 0;  // Guarded by mutex_, as all below.
  int64_t errors_ = 0;
  int64_t in_time_ = 0;
  std::vector<absl::Duration> latencies_;
};

}  // namespace

LoadResult RunLoad(const StartCall& start, int in_flight, absl::Duration duration) {
  Loop loop(start, duration);
  loop.Begin(in_flight);
  return loop.Wait(duration);
}

LoadResult RunPacedLoad(const StartCall& start, double per_second, absl::Duration duration) {
  Loop loop(start, duration);
  const absl::Duration pace = absl::Seconds(1) / per_second;
  const absl::Time begun = absl::Now();
  absl::Time due = begun;
  while (due < begun + duration) {
    absl::SleepFor(std::max(due - absl::Now(), kShortestSleep));
    // What fell due meanwhile goes out at once: a late timer must not lower the rate.
    for (const absl::Time now = absl::Now(); due <= now && due < begun + duration; due += pace) {
      loop.One(due);
    }
  }
  return loop.Wait(duration);
}

}  // namespace regulars::bench
