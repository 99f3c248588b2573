// What recommend-svc does with customer-svc's feed.
//
//   Follower follower(environment, peer, {.upstream = "customer"}, CustomerHandlers(peer, &store));
#ifndef RECOMMEND_SVC_FOLLOW_CUSTOMER_HANDLERS_H_
#define RECOMMEND_SVC_FOLLOW_CUSTOMER_HANDLERS_H_

#include "absl/status/status.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/peers/peer.h"
#include "chassis/storage/store.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::recommend {

absl::Status FollowOrderRecorded(Transaction& tx, const FollowedEvent& event,
                                 const customer::v1::OrderRecorded& payload);
absl::Status FollowOrderChanged(Transaction& tx, const FollowedEvent& event,
                                const customer::v1::OrderChanged& payload);
absl::Status FollowOrderCancelled(Transaction& tx, const FollowedEvent& event,
                                  const customer::v1::OrderCancelled& payload);
absl::Status FollowBehaviourRecorded(Transaction& tx, const FollowedEvent& event,
                                     const customer::v1::BehaviourRecorded& payload);
absl::Status FollowCustomerDeleted(Transaction& tx, const FollowedEvent& event,
                                   const customer::v1::CustomerDeleted& payload);
absl::Status FollowErasureRequested(Transaction& tx, const FollowedEvent& event,
                                    const customer::v1::ErasureRequested& payload);

// All of them, and how to rebuild. `peer`, which must outlive them, may be null where nothing is
// rebuilt.
FeedHandlers CustomerHandlers(Peer* peer, Store* store);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_FOLLOW_CUSTOMER_HANDLERS_H_
