#include "campaign-svc/follow/skip_waiting.h"

#include <vector>

#include "campaign-svc/delivery/outcomes.h"
#include "campaign-svc/store/messages.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {
namespace {

// One customer has one message of each campaign that runs at most, and what others asked for.
constexpr int64_t kAtOnce = 1000;

}  // namespace

absl::Status SkipWaiting(Transaction& tx, absl::string_view customer) {
  for (;;) {
    ABSL_ASSIGN_OR_RETURN(std::vector<Message> waiting, messages::WaitingOf(tx, customer, kAtOnce));
    if (waiting.empty()) return absl::OkStatus();
    Outcomes outcomes(tx);
    for (Message& message : waiting) {
      message.state = MessageState::kSkipped;
      message.reason = kCustomerGone;
      ABSL_RETURN_IF_ERROR(outcomes.Write(message));
    }
    ABSL_RETURN_IF_ERROR(outcomes.Finish());
  }
}

}  // namespace regulars::campaign
