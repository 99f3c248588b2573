#include <string>

#include "campaign-svc/follow/customer.h"
#include "campaign-svc/store/suppressions.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::campaign {

bool IsGrantByEmail(absl::string_view channel, customer::v1::Consent::State state) {
  return channel == "email" && state == customer::v1::Consent::STATE_GRANTED;
}

absl::Status FollowConsentChanged(Transaction& tx, const FollowedEvent&,
                                  const customer::v1::ConsentChanged& payload) {
  if (!IsGrantByEmail(payload.channel(), payload.state())) {
    // A withdrawal needs no row here: consent is asked for before each message, at its turn or
    // within the minute before.
    return absl::OkStatus();
  }
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        rpc::ParseName("customers", payload.customer(), "customer"));
  ABSL_ASSIGN_OR_RETURN(const absl::Time said,
                        rpc::FromTimestamp(payload.change_time(), "change_time"));
  return suppressions::LiftUnsubscribed(tx, customer, payload.topic(), said);
}

}  // namespace regulars::campaign
