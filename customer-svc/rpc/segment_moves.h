// The pieces that keep stored membership right: moving one customer in and out of sets, giving a
// segment a new set, and waking the task that looks at what time changes. For memberships.h, the
// methods of segments and their tasks.
#ifndef CUSTOMER_SVC_RPC_SEGMENT_MOVES_H_
#define CUSTOMER_SVC_RPC_SEGMENT_MOVES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/segment.h"
#include "customer-svc/rpc/segment_plan.h"

namespace regulars::customer {

// Kinds of tasks, see segment_tasks.h.
inline constexpr char kUpkeepTask[] = "segment_upkeep";
inline constexpr char kScanTask[] = "segment_scan";
// The upkeep looks at least this often.
inline constexpr absl::Duration kUpkeepPeriod = absl::Hours(24);

// Brings one customer's membership in `sets` up to date as of tx.now(), with its events and timers.
// Returns the earliest timer that it has set, or InfiniteFuture: the caller sees to it that
// somebody looks then (WakeUpkeep).
absl::StatusOr<absl::Time> MoveCustomer(Transaction& tx, const SegmentPlan& plan,
                                        int64_t customer_key,
                                        const std::vector<const PlannedSet*>& sets);

// Sees to it that the upkeep runs at `due` or before.
absl::Status WakeUpkeep(Transaction& tx, absl::Time due);

// Begins to find the members of segment.filter: a new staged set in place of one that may be there,
// and the task that fills it. The caller stores the segment and refreshes the plan.
absl::Status StageSegment(Transaction& tx, Segment& segment);

// Tells followers that a customer is in a segment, or is not.
void PublishMove(Transaction& tx, absl::string_view segment_id, absl::string_view customer_id,
                 absl::string_view home_store, bool entered);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SEGMENT_MOVES_H_
