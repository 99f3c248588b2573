#include "campaign-svc/follow/erase.h"

#include "campaign-svc/follow/skip_waiting.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/suppressions.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/follow_tables.h"
#include "chassis/privacy/erasure_task.h"
#include "chassis/rpc/names.h"

namespace regulars::campaign {
namespace {

constexpr int64_t kRowsAtOnce = 1000;

}  // namespace

absl::Status Erase(Transaction& tx, const std::string& erasure, const std::string& customer) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("customers", customer, "customer"));
  ABSL_RETURN_IF_ERROR(SkipWaiting(tx, id));
  for (int64_t erased = kRowsAtOnce; erased == kRowsAtOnce;) {
    ABSL_ASSIGN_OR_RETURN(erased, messages::Anonymise(tx, id, kRowsAtOnce));
  }
  ABSL_RETURN_IF_ERROR(suppressions::Erase(tx, id));
  // What waits there would bring nothing back, and names the person.
  ABSL_RETURN_IF_ERROR(follow::UnparkSubject(tx, customer));
  return ScheduleErasure(tx, tx.origin().cause(), erasure, customer);
}

}  // namespace regulars::campaign
