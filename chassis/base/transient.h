// Which errors may go away by themselves.
#ifndef CHASSIS_BASE_TRANSIENT_H_
#define CHASSIS_BASE_TRANSIENT_H_

#include "absl/status/status.h"

namespace regulars {

// Whether what failed may go well by itself later: UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED,
// DEADLINE_EXCEEDED, CANCELLED. Only for work whose callers never cancel it themselves.
inline bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

}  // namespace regulars

#endif  // CHASSIS_BASE_TRANSIENT_H_
