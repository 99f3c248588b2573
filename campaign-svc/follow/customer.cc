#include "campaign-svc/follow/customer.h"

#include <string>

#include "campaign-svc/follow/rebuild.h"

namespace regulars::campaign {

FeedHandlers CustomerHandlers(const Context& context) {
  FeedHandlers handlers;
  handlers.On<customer::v1::SegmentEntered>(FollowSegmentEntered);
  handlers.On<customer::v1::SegmentDeleted>(FollowSegmentDeleted);
  handlers.OnAtOnce<customer::v1::CustomerDeleted>(FollowCustomerDeleted);
  handlers.On<customer::v1::ConsentChanged>(FollowConsentChanged);
  handlers.OnAtOnce<customer::v1::ErasureRequested>(FollowErasureRequested);
  handlers.Rebuild<RebuildItem>(RebuildFromCustomer(context));
  return handlers;
}

}  // namespace regulars::campaign
