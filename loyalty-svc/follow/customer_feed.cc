#include "loyalty-svc/follow/customer_feed.h"

#include "chassis/base/status_macros.h"
#include "loyalty-svc/follow/customers.h"
#include "loyalty-svc/follow/orders.h"
#include "loyalty-svc/follow/rebuild.h"

namespace regulars::loyalty {

FeedHandlers CustomerHandlers(Store* store, Peer* peer) {
  FeedHandlers handlers;
  handlers.On<customer::v1::OrderRecorded>(FollowOrderRecorded);
  handlers.On<customer::v1::OrderChanged>(FollowOrderChanged);
  handlers.On<customer::v1::OrderCancelled>(FollowOrderCancelled);
  handlers.On<customer::v1::CustomerDeleted>(FollowCustomerDeleted);
  handlers.OnAtOnce<customer::v1::ErasureRequested>(FollowErasureRequested);
  handlers.On<customer::v1::CompanySettingsUpdated>(FollowCompanySettingsUpdated);
  if (store != nullptr && peer != nullptr) {
    handlers.Rebuild<RebuildItem>(RebuildFromCustomer(*store, *peer));
  }
  return handlers;
}

}  // namespace regulars::loyalty
