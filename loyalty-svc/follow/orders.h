// Events of orders.
#ifndef LOYALTY_SVC_FOLLOW_ORDERS_H_
#define LOYALTY_SVC_FOLLOW_ORDERS_H_

#include "absl/status/status.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::loyalty {

absl::Status FollowOrderRecorded(Transaction& tx, const FollowedEvent& event,
                                 const customer::v1::OrderRecorded& payload);
absl::Status FollowOrderChanged(Transaction& tx, const FollowedEvent& event,
                                const customer::v1::OrderChanged& payload);
absl::Status FollowOrderCancelled(Transaction& tx, const FollowedEvent& event,
                                  const customer::v1::OrderCancelled& payload);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_FOLLOW_ORDERS_H_
