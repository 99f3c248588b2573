// How the counts are made anew from what customer-svc holds now: its orders page by page, then the
// erasures, whose events may be gone; what was seen of neither is taken out. Views are kept, since
// customer-svc keeps no list of them.
#ifndef RECOMMEND_SVC_FOLLOW_REBUILD_H_
#define RECOMMEND_SVC_FOLLOW_REBUILD_H_

#include <variant>

#include "chassis/feed/feed_handlers.h"
#include "chassis/peers/peer.h"
#include "regulars/customer/v1/erasure.pb.h"
#include "regulars/customer/v1/order.pb.h"

namespace regulars::recommend {

using RebuildItem = std::variant<customer::v1::Order, customer::v1::Erasure>;

// `peer` must outlive the plan.
RebuildPlan<RebuildItem> RebuildFromCustomer(Peer& peer);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_FOLLOW_REBUILD_H_
