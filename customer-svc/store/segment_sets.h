// The sets of customers behind segments: which there are, who is in them, and when somebody may
// enter or leave by the passage of time.
#ifndef CUSTOMER_SVC_STORE_SEGMENT_SETS_H_
#define CUSTOMER_SVC_STORE_SEGMENT_SETS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/segment.h"

namespace regulars::customer::segment_sets {

// What all sets rest on.
struct State {
  // Fingerprint of the filters in force; "" while there is none.
  std::string plan;
  // When the next look at timers is planned.
  absl::Time timer_due;
};
absl::StatusOr<State> LoadState(Snapshot& db);
absl::Status SavePlan(Transaction& tx, absl::string_view plan);
absl::Status SaveTimerDue(Transaction& tx, absl::Time due);

// Sets.

// A new one without members; its key.
absl::StatusOr<int64_t> Insert(Transaction& tx, int64_t segment_key, absl::string_view filter,
                               SetRole role);
absl::StatusOr<std::optional<SegmentSet>> Find(Snapshot& db, int64_t key);
absl::StatusOr<std::optional<SegmentSet>> FindByRole(Snapshot& db, int64_t segment_key,
                                                     SetRole role);
// Of all segments, by key.
absl::StatusOr<std::vector<SegmentSet>> List(Snapshot& db, SetRole role);
absl::Status SetRoleOf(Transaction& tx, int64_t key, SetRole role);
// All sets of a segment that is going away.
absl::Status KillAll(Transaction& tx, int64_t segment_key);
absl::Status SaveScan(Transaction& tx, int64_t key, int64_t scanned, int64_t scanned_count);
absl::Status SaveScanTotal(Transaction& tx, int64_t key, int64_t total);
absl::Status SaveAnnounced(Transaction& tx, int64_t key, absl::string_view customer_id);

// Members, by the customer's id.

absl::Status AddMember(Transaction& tx, int64_t set, absl::string_view customer_id,
                       absl::Time enter_time);
absl::Status RemoveMember(Transaction& tx, int64_t set, absl::string_view customer_id);
absl::Status MoveEnterTime(Transaction& tx, int64_t set, absl::string_view customer_id,
                           absl::Time enter_time);

struct Membership {
  int64_t set = 0;
  absl::Time enter_time;
};
// Every set that a customer is in, of whatever role.
absl::StatusOr<std::vector<Membership>> MembershipsOf(Snapshot& db, absl::string_view customer_id);

struct Member {
  std::string customer_id;
  absl::Time enter_time;
};
// By customer id, after `after`.
absl::StatusOr<std::vector<Member>> ListMembers(Snapshot& db, int64_t set, absl::string_view after,
                                                int64_t limit);
absl::StatusOr<std::optional<Member>> FindMember(Snapshot& db, int64_t set,
                                                 absl::string_view customer_id);

// The segments that a customer is in, by their ids, after `after`.
struct SegmentOf {
  std::string segment_id;
  absl::Time enter_time;
};
absl::StatusOr<std::vector<SegmentOf>> ListSegmentsOf(Snapshot& db, absl::string_view customer_id,
                                                      absl::string_view after, int64_t limit);

// Timers.

absl::StatusOr<std::optional<absl::Time>> FindTimer(Snapshot& db, int64_t set,
                                                    int64_t customer_key);
absl::Status PutTimer(Transaction& tx, int64_t set, int64_t customer_key, absl::Time due);
absl::Status DeleteTimer(Transaction& tx, int64_t set, int64_t customer_key);

struct Timer {
  int64_t customer_key = 0;
  int64_t set = 0;
};
// Those due by `now`, earliest first; those of one time by customer.
absl::StatusOr<std::vector<Timer>> DueTimers(Snapshot& db, absl::Time now, int64_t limit);
absl::StatusOr<std::optional<absl::Time>> NextTimer(Snapshot& db);

// Deletes up to `limit` rows of dead sets; whether more are left.
absl::StatusOr<bool> DeleteDead(Transaction& tx, int64_t limit);

// Keys of the customers after `after`, in order.
absl::StatusOr<std::vector<int64_t>> CustomersAfter(Snapshot& db, int64_t after, int64_t limit);

absl::StatusOr<int64_t> CountCustomers(Snapshot& db);

}  // namespace regulars::customer::segment_sets

#endif  // CUSTOMER_SVC_STORE_SEGMENT_SETS_H_
