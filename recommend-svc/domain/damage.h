// What is said of a store whose rows cannot be what this service wrote: no caller's fault, and no
// event's, so that a follower waits rather than park one after the other.
#ifndef RECOMMEND_SVC_DOMAIN_DAMAGE_H_
#define RECOMMEND_SVC_DOMAIN_DAMAGE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/base/errors.h"

namespace regulars::recommend {

inline absl::Status Damaged(absl::string_view message) {
  return Error(absl::StatusCode::kDataLoss, message, {.reason = "STORE_CORRUPT"});
}

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_DAMAGE_H_
