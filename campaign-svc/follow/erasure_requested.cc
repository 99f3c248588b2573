#include <string>

#include "campaign-svc/follow/customer.h"
#include "campaign-svc/follow/skip_waiting.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/suppressions.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "chassis/rpc/names.h"
#include "regulars/campaign/v1/events.pb.h"

namespace regulars::campaign {
namespace {

constexpr int64_t kRowsAtOnce = 1000;

}  // namespace

absl::Status FollowErasureRequested(Transaction& tx, const FollowedEvent&,
                                    const customer::v1::ErasureRequested& payload) {
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        rpc::ParseName("customers", payload.customer(), "customer"));
  ABSL_RETURN_IF_ERROR(SkipWaiting(tx, customer));
  for (int64_t erased = kRowsAtOnce; erased == kRowsAtOnce;) {
    ABSL_ASSIGN_OR_RETURN(erased, messages::Anonymise(tx, customer, kRowsAtOnce));
  }
  ABSL_RETURN_IF_ERROR(suppressions::Erase(tx, customer));
  v1::ErasureConfirmed confirmed;
  confirmed.set_erasure(payload.erasure());
  confirmed.set_customer(payload.customer());
  tx.Publish(PackEvent(payload.customer(), "", confirmed));
  return absl::OkStatus();
}

}  // namespace regulars::campaign
