// Where a follower gets an upstream's feed from: a peer, or a store in the same process in tests.
#ifndef CHASSIS_FEED_FEED_SOURCE_H_
#define CHASSIS_FEED_FEED_SOURCE_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "chassis/peers/peer.h"
#include "chassis/storage/transaction.h"
#include "regulars/feed/v1/feed_service.pb.h"

namespace regulars {

class FeedSource {
 public:
  // Takes a batch, or the reason why no more will come; on a thread of the source's, so it must be
  // quick.
  using Sink = std::function<void(absl::StatusOr<feed::v1::SubscribeResponse>)>;

  // A stream of batches; one is on its way at a time. The destructor ends it: after it the sink is
  // not called any more.
  class Subscription {
   public:
    virtual ~Subscription() = default;
    // Asks for the next batch. The first one comes unasked.
    virtual void Next() = 0;
  };

  virtual ~FeedSource() = default;
  virtual std::unique_ptr<Subscription> Subscribe(const Origin& origin,
                                                  const feed::v1::SubscribeRequest& request,
                                                  Sink sink) = 0;
  virtual absl::StatusOr<feed::v1::FeedState> State(const Origin& origin) = 0;
};

// The feed of the service behind `peer`, which must outlive it.
std::unique_ptr<FeedSource> FeedOf(Peer& peer);

}  // namespace regulars

#endif  // CHASSIS_FEED_FEED_SOURCE_H_
