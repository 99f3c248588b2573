// How the counts are made anew from what customer-svc holds now: its orders page by page, then the
// erasures, whose events may be gone; orders that were not seen are taken out. Then customer-svc is
// asked for the customers of whom something is kept here: whom it does not know any more is
// forgotten. Views of the others are kept, since customer-svc keeps no list of them; those of the
// meantime are followed from where this service was, as long as the feed has them.
#ifndef RECOMMEND_SVC_FOLLOW_REBUILD_H_
#define RECOMMEND_SVC_FOLLOW_REBUILD_H_

#include <string>
#include <variant>

#include "chassis/feed/feed_handlers.h"
#include "chassis/peers/peer.h"
#include "chassis/storage/store.h"
#include "regulars/customer/v1/erasure.pb.h"
#include "regulars/customer/v1/order.pb.h"

namespace regulars::recommend {

// A customer who is gone.
struct GoneCustomer {
  std::string name;
};

using RebuildItem = std::variant<customer::v1::Order, customer::v1::Erasure, GoneCustomer>;

// `peer`, and the service's own `store`, must outlive the plan.
RebuildPlan<RebuildItem> RebuildFromCustomer(Peer& peer, Store& store);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_FOLLOW_REBUILD_H_
