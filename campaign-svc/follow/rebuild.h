// Finds who entered a watched segment while nobody told: after customer-svc was restored, or its
// events were gone.
#ifndef CAMPAIGN_SVC_FOLLOW_REBUILD_H_
#define CAMPAIGN_SVC_FOLLOW_REBUILD_H_

#include <string>

#include "absl/time/time.h"
#include "campaign-svc/rpc/context.h"
#include "chassis/feed/feed_handlers.h"

namespace regulars::campaign {

// A member of a segment, and since when.
struct Entered {
  std::string segment;
  std::string customer;
  absl::Time time;
};

// Reads the members of each watched segment; writes down those who entered since the campaign's
// start. Who is written down already stays so.
RebuildPlan<Entered> RebuildEntered(const Context& context);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_FOLLOW_REBUILD_H_
