// What customer-svc makes of recommend-svc's feed: erasures confirmed.
#ifndef CUSTOMER_SVC_FOLLOW_RECOMMEND_H_
#define CUSTOMER_SVC_FOLLOW_RECOMMEND_H_

#include "chassis/feed/feed_handlers.h"

namespace regulars::customer {

FeedHandlers RecommendHandlers();

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_FOLLOW_RECOMMEND_H_
