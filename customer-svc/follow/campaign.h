// What customer-svc makes of campaign-svc's feed: engagement for segments, messages in the
// timeline, consents withdrawn by unsubscribing, erasures confirmed.
#ifndef CUSTOMER_SVC_FOLLOW_CAMPAIGN_H_
#define CUSTOMER_SVC_FOLLOW_CAMPAIGN_H_

#include "chassis/feed/feed_handlers.h"
#include "chassis/peers/peer.h"

namespace regulars::customer {

// `peer` is asked for the messages that there are, and must outlive the handlers; null: nobody is.
FeedHandlers CampaignHandlers(Peer* peer);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_FOLLOW_CAMPAIGN_H_
