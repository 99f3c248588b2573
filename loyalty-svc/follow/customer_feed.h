// What loyalty-svc does with the feed of customer-svc: orders become points, who is deleted is no
// member any more, who is erased leaves no trace.
#ifndef LOYALTY_SVC_FOLLOW_CUSTOMER_FEED_H_
#define LOYALTY_SVC_FOLLOW_CUSTOMER_FEED_H_

#include "chassis/feed/feed_handlers.h"
#include "chassis/peers/peer.h"
#include "chassis/storage/store.h"

namespace regulars::loyalty {

// What a rebuild reads: this service's store, and customer-svc. Both must outlive the handlers, and
// may be null for those who never rebuild.
FeedHandlers CustomerHandlers(Store* store, Peer* peer);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_FOLLOW_CUSTOMER_FEED_H_
