// What customer-svc makes of loyalty-svc's feed: tier and balance for segments, points in the
// timeline, erasures confirmed.
#ifndef CUSTOMER_SVC_FOLLOW_LOYALTY_H_
#define CUSTOMER_SVC_FOLLOW_LOYALTY_H_

#include "chassis/feed/feed_handlers.h"
#include "chassis/peers/peer.h"

namespace regulars::customer {

// `peer` is asked for the members and postings that there are, and must outlive the handlers; null:
// nobody is.
FeedHandlers LoyaltyHandlers(Peer* peer);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_FOLLOW_LOYALTY_H_
