#include "recommend-svc/follow/erase.h"

#include <cstdint>
#include <optional>

#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "recommend-svc/store/customers.h"
#include "regulars/recommend/v1/events.pb.h"

namespace regulars::recommend {

absl::Status Forget(Transaction& tx, absl::string_view customer_name) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> customer,
                        customers::FindKey(tx, absl::StripPrefix(customer_name, "customers/")));
  return customer ? customers::Forget(tx, *customer) : absl::OkStatus();
}

absl::Status Erase(Transaction& tx, const std::string& erasure_name,
                   const std::string& customer_name) {
  ABSL_RETURN_IF_ERROR(Forget(tx, customer_name));
  v1::ErasureConfirmed confirmed;
  confirmed.set_erasure(erasure_name);
  confirmed.set_customer(customer_name);
  tx.Publish(PackEvent(erasure_name, "", confirmed));
  return absl::OkStatus();
}

}  // namespace regulars::recommend
