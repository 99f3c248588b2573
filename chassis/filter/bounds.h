// What a filter leaves of time: for lists in order of a time, which need not look beyond it.
//
//   const TimeBounds bounds = BoundsOf(expression, kOrderTime, now, zone);
//   // … rows with bounds.from <= order_time < bounds.before; the whole filter is asked of each.
#ifndef CHASSIS_FILTER_BOUNDS_H_
#define CHASSIS_FILTER_BOUNDS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "chassis/filter/expression.h"

namespace regulars::filter {

struct TimeBounds {
  absl::Time from = absl::InfinitePast();
  absl::Time before = absl::InfiniteFuture();
};

// By the conditions on the field with this handle that stand alone or under the outermost AND. No
// record outside the bounds meets the filter.
TimeBounds BoundsOf(const Expression& expression, int64_t handle, absl::Time now,
                    absl::TimeZone zone);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_BOUNDS_H_
