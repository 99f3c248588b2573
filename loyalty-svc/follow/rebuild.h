// How loyalty-svc reads the current state of customer-svc: all orders as they stand, cancelled ones
// too, in the sequence in which they came; then all erasures. Nothing is swept away afterwards: a
// ledger does not forget the points of an order that customer-svc has lost.
#ifndef LOYALTY_SVC_FOLLOW_REBUILD_H_
#define LOYALTY_SVC_FOLLOW_REBUILD_H_

#include <variant>

#include "chassis/feed/feed_handlers.h"
#include "chassis/peers/peer.h"
#include "regulars/customer/v1/erasure.pb.h"
#include "regulars/customer/v1/order.pb.h"

namespace regulars::loyalty {

using RebuildItem = std::variant<customer::v1::Order, customer::v1::Erasure>;

// `peer` must outlive the plan.
RebuildPlan<RebuildItem> RebuildFromCustomer(Peer& peer);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_FOLLOW_REBUILD_H_
