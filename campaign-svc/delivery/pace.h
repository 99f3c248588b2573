// How fast mails go out, all lanes together, and whether any go at all.
//
// Two lanes share the slots of each second: when both wait, four slots of five are the single
// messages', so that no campaign holds them up and they do not stop campaigns. When the mail server
// cannot be reached, all lanes hold for a while that doubles up to five minutes.
//
// Thread-safe.
#ifndef CAMPAIGN_SVC_DELIVERY_PACE_H_
#define CAMPAIGN_SVC_DELIVERY_PACE_H_

#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/time/time.h"
#include "campaign-svc/delivery/hold.h"
#include "chassis/base/clock.h"

namespace regulars::campaign {

enum class SendLane { kSingle, kCampaign };

class Pace {
 public:
  static constexpr int kSinglesOfFive = 4;
  static constexpr absl::Duration kFirstHold = absl::Seconds(5);
  static constexpr absl::Duration kLongestHold = absl::Minutes(5);

  explicit Pace(const Clock& clock) : server_(clock, kFirstHold, kLongestHold) {}

  // Waits for a slot; false when the process ends instead. 0 a second: no limit.
  bool Acquire(SendLane lane, int64_t per_second);

  // Whether the mail server can be reached.
  Hold& server() { return server_; }
  const Hold& server() const { return server_; }

  // Lets everybody go who waits, now and later.
  void Stop();

 private:
  bool IsTurnOf(SendLane lane) const;

  Hold server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<int, 2> waiting_{};  // Guarded by mutex_, as all below.
  int singles_in_row_ = 0;        // Granted while campaigns waited.
  // By Monotonic(): setting the clock back stops nobody.
  absl::Duration next_slot_ = -absl::InfiniteDuration();
  bool stopped_ = false;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_PACE_H_
