// How loyalty-svc reads the current state of customer-svc: all orders as they stand, cancelled ones
// too, in the sequence in which they came; then all erasures and the company's settings. At last it
// asks for the customers of the members that are left: whose customer is gone was deleted while
// nobody followed, and the membership ends as it would have then.
//
// Not so in another epoch: a customer-svc that was restored lacks customers that nobody deleted,
// and a membership ends for good. So it asks for all customers that are known here then, and those
// whom it does not find are noted as lost: no later rebuild ends their memberships. Only being
// deleted or erased does, or a later restore brings them back. Nothing else is swept away: a ledger
// does not forget the points of an order that customer-svc has lost.
#ifndef LOYALTY_SVC_FOLLOW_REBUILD_H_
#define LOYALTY_SVC_FOLLOW_REBUILD_H_

#include <string>
#include <variant>

#include "chassis/feed/feed_handlers.h"
#include "chassis/peers/peer.h"
#include "chassis/storage/store.h"
#include "regulars/customer/v1/erasure.pb.h"
#include "regulars/customer/v1/order.pb.h"
#include "regulars/customer/v1/settings.pb.h"

namespace regulars::loyalty {

// A customer who is no more, by the name.
struct GoneCustomer {
  std::string customer;
};

// A customer whom a restored customer-svc has lost, or has again.
struct LostCustomer {
  std::string customer_id;
  bool is_lost = false;
};

using RebuildItem = std::variant<customer::v1::Order, customer::v1::Erasure,
                                 customer::v1::CompanySettings, GoneCustomer, LostCustomer>;

// Reads this service's store, and customer-svc; both must outlive the plan.
RebuildPlan<RebuildItem> RebuildFromCustomer(Store& store, Peer& peer);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_FOLLOW_REBUILD_H_
