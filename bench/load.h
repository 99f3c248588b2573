// Loads of calls for a bounded time. RunLoad is a closed loop: so many are always in flight, each
// answered one sets off the next.
#ifndef BENCH_LOAD_H_
#define BENCH_LOAD_H_

#include <functional>

#include "absl/time/time.h"

namespace regulars::bench {

struct LoadResult {
  double per_second = 0;  // Answered within the duration.
  absl::Duration p50;     // Of all that were asked for within it.
  absl::Duration p99;
  int64_t errors = 0;
};

// Starts one call; calls `done(ok)` when it has been answered.
using StartCall = std::function<void(std::function<void(bool ok)> done)>;

LoadResult RunLoad(const StartCall& start, int in_flight, absl::Duration duration);

// So many calls a second, evenly, whether or not the ones before have been answered. Latencies
// count from when a call was due.
LoadResult RunPacedLoad(const StartCall& start, double per_second, absl::Duration duration);

}  // namespace regulars::bench

#endif  // BENCH_LOAD_H_
