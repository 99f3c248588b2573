#include <string>

#include "campaign-svc/delivery/outcomes.h"
#include "campaign-svc/follow/customer.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/suppressions.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::campaign {

bool IsGrantByEmail(absl::string_view channel, customer::v1::Consent::State state) {
  return channel == "email" && state == customer::v1::Consent::STATE_GRANTED;
}

absl::Status TakeConsent(Transaction& tx, const std::string& customer, const std::string& topic,
                         absl::Time said) {
  ABSL_RETURN_IF_ERROR(suppressions::LiftUnsubscribed(tx, customer, topic, said));
  ABSL_ASSIGN_OR_RETURN(const auto standing, suppressions::Unsubscribed(tx, customer, topic));
  Outcomes outcomes(tx);
  for (const Suppression& row : standing) {
    ABSL_ASSIGN_OR_RETURN(auto message, messages::UnsubscribedAt(tx, customer, row.create_time));
    if (!message) message = Message{.origin = MessageOrigin::kCall, .customer = customer};
    ABSL_RETURN_IF_ERROR(
        outcomes.Unsubscribed(*message, row.topic, row.create_time, /*news=*/true));
  }
  return outcomes.Finish();
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
  return TakeConsent(tx, customer, payload.topic(), said);
}

}  // namespace regulars::campaign
