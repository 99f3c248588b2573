// Finds who entered a watched segment, which of them are gone, who agreed again to what they had
// unsubscribed from, and who is to be forgotten, while nobody told: after customer-svc was
// restored, or its events were gone.
#ifndef CAMPAIGN_SVC_FOLLOW_REBUILD_H_
#define CAMPAIGN_SVC_FOLLOW_REBUILD_H_

#include <string>
#include <variant>

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

// A segment that is not there any more.
struct Gone {
  std::string segment;
};

// Somebody who is to be forgotten; both are names.
struct Erased {
  std::string erasure;
  std::string customer;
};

// What somebody who unsubscribed once agrees to by e-mail, and since when; "" is all topics.
struct Agreed {
  std::string customer;
  std::string topic;
  absl::Time time;
};

using RebuildItem = std::variant<Entered, Gone, Agreed, Erased>;

// Reads the members of each watched segment, the consents of those who unsubscribed, then the
// erasures. Writes down those who entered since the campaign's start; who is written down already
// stays so. Pauses campaigns whose segment is gone.
RebuildPlan<RebuildItem> RebuildFromCustomer(const Context& context);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_FOLLOW_REBUILD_H_
