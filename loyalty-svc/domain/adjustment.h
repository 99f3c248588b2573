// Points that somebody gives or takes by hand.
#ifndef LOYALTY_SVC_DOMAIN_ADJUSTMENT_H_
#define LOYALTY_SVC_DOMAIN_ADJUSTMENT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "loyalty-svc/domain/member.h"

namespace regulars::loyalty {

inline constexpr int64_t kMaxAdjustmentPoints = 1'000'000'000;
inline constexpr size_t kMaxReasonCodeBytes = 64;
inline constexpr size_t kMaxReferenceBytes = 64;

struct Adjustment {
  int64_t points = 0;
  std::string reason_code;
  std::string reference;
  bool allow_negative_balance = false;
};

// What is wrong with it in itself: INVALID_ARGUMENT with the field at fault.
absl::Status CheckAdjustment(const Adjustment& adjustment);
// Whether this member can bear it: FAILED_PRECONDITION with MEMBER_CLOSED or INSUFFICIENT_POINTS.
absl::Status CheckAdjustable(const Member& member, const Adjustment& adjustment);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_ADJUSTMENT_H_
