// A closed loop of calls: so many are always in flight, each answered one sets off the next, for a
// bounded time.
#ifndef BENCH_LOAD_H_
#define BENCH_LOAD_H_

#include <functional>

#include "absl/time/time.h"

namespace regulars::bench {

struct LoadResult {
  double per_second = 0;
  absl::Duration p50;
  absl::Duration p99;
  int64_t errors = 0;
};

// Starts one call; calls `done(ok)` when it has been answered.
using StartCall = std::function<void(std::function<void(bool ok)> done)>;

LoadResult RunLoad(const StartCall& start, int in_flight, absl::Duration duration);

}  // namespace regulars::bench

#endif  // BENCH_LOAD_H_
