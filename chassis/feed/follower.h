// Follows another service's feed: each event has its effect in this store exactly once, whatever
// breaks, since the cursor moves in the transaction of the effect.
//
//   Follower follower(environment, process->peer("customer"), {.upstream = "customer"},
//                     CustomerHandlers(…));
//   follower.Start();
//   …
//   follower.Stop();   // In Serve()'s `stopping`, before the store closes.
//
// Without a peer it follows nothing, and says so once in the log. What a handler publishes bears
// the correlation id of what it followed and one hop more; tx.caller() is this service itself.
//
// Where it stands is in the store (see follow_tables.h), in the metrics regulars_follow_*, in
// AdminService.ListFollowers, and in /readyz as a warning when something is parked or stuck. Reads
// with `regulars-after: customer:<position>` wait until it has come that far.
//
// Start and Stop belong to one thread.
#ifndef CHASSIS_FEED_FOLLOWER_H_
#define CHASSIS_FEED_FOLLOWER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/feed/feed_source.h"
#include "chassis/peers/peer.h"
#include "chassis/rpc/environment.h"

namespace regulars {

struct FollowerOptions {
  // The service that is followed: "customer".
  std::string upstream;
  // Raise it when what the handlers make of the upstream has changed: the follower then rebuilds
  // once. A type of event that was not followed before has the same effect by itself.
  int64_t backfill_version = 1;
  // An upstream gives a sign of life every 15 seconds; one that is silent for longer than this is
  // gone, and is subscribed to anew.
  absl::Duration longest_silence = absl::Seconds(45);
};

// The bell by which a change tells the follower of `upstream` to look for parked events that are to
// be tried again.
std::string FollowerBell(absl::string_view upstream);

class Follower {
 public:
  // `environment` and `peer` (may be null) must outlive it.
  Follower(const rpc::Environment& environment, Peer* peer, const FollowerOptions& options,
           FeedHandlers handlers);
  // For tests: from any source; null for none.
  Follower(const rpc::Environment& environment, std::unique_ptr<FeedSource> source,
           const FollowerOptions& options, FeedHandlers handlers);
  ~Follower();  // Stop().

  void Start();
  // Ends after the change under way; a wait for the upstream ends at once.
  void Stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace regulars

#endif  // CHASSIS_FEED_FOLLOWER_H_
