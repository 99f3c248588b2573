// How slowly a body may come. A limit for each piece alone would let a byte now and then hold a
// connection for ever, so the whole is limited too: in time, and from `grace` on by an average
// rate. Only time that is spent waiting for the client counts.
//
//   BodyPace pace({.piece = absl::Seconds(30), .whole = absl::Minutes(1)});
//   … wait for at most pace.Patience() … ; pace.Came(bytes, waited);
//
// Not thread-safe.
#ifndef GATEWAY_HTTP_BODY_PACE_H_
#define GATEWAY_HTTP_BODY_PACE_H_

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"

namespace regulars::gateway {

class BodyPace {
 public:
  struct Limits {
    absl::Duration piece;
    absl::Duration whole;
    // Bytes a second on average, once `grace` is over; 0: no such limit.
    int64_t min_rate = 0;
    absl::Duration grace = absl::ZeroDuration();
  };

  explicit BodyPace(const Limits& limits) : limits_(limits) {}

  // How long the next piece may be waited for; zero when the body is too slow already.
  absl::Duration Patience() const {
    absl::Duration left = std::min(limits_.piece, limits_.whole - waited_);
    if (limits_.min_rate > 0) {
      const absl::Duration earned = absl::Seconds(bytes_) / limits_.min_rate;
      left = std::min(left, limits_.grace + earned - waited_);
    }
    return std::max(left, absl::ZeroDuration());
  }

  void Came(size_t bytes, absl::Duration waited) {
    bytes_ += static_cast<int64_t>(bytes);
    waited_ += waited;
  }

 private:
  const Limits limits_;
  int64_t bytes_ = 0;
  absl::Duration waited_ = absl::ZeroDuration();
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_BODY_PACE_H_
