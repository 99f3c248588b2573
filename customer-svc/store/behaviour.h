// What customers do short of buying (tables visitor, behaviour_name, behaviour_event,
// behaviour_day).
//
//   ABSL_ASSIGN_OR_RETURN(const int64_t visitor, behaviour::VisitorOf(tx, customer_key));
//   ABSL_RETURN_IF_ERROR(behaviour::Insert(tx, visitor, name, event, day));
#ifndef CUSTOMER_SVC_STORE_BEHAVIOUR_H_
#define CUSTOMER_SVC_STORE_BEHAVIOUR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/behaviour.h"
#include "customer-svc/domain/customer_record.h"

namespace regulars::customer::behaviour {

// Whether the message of this source is there.
absl::StatusOr<bool> IsKnown(Snapshot& db, const BehaviourEvent& event);

// The key of an event's name, which is made where it is new; it goes with the last event that bears
// it. INVALID_ARGUMENT with TOO_MANY_EVENT_NAMES.
absl::StatusOr<int64_t> KeyOfName(Transaction& tx, const std::string& name);

// What stands for the customer; made with the first event.
absl::StatusOr<int64_t> VisitorOf(Transaction& tx, int64_t customer);

// Stores an event that is not known and counts it on `day`, in days since 1970-01-01.
absl::Status Insert(Transaction& tx, int64_t visitor, int64_t name, const BehaviourEvent& event,
                    int64_t day);

// Whether there is any event.
absl::StatusOr<bool> Any(Snapshot& db);

// Counts of one name from `first_day` on, ascending.
absl::StatusOr<std::vector<EventDay>> LoadDays(Snapshot& db, int64_t visitor,
                                               const std::string& name, int64_t first_day);

// An event with its place among those of its customer.
struct StoredEvent {
  int64_t key = 0;
  BehaviourEvent event;  // Without its message id, of which only a hash is kept.
};

// Events of a customer, newest first, behind (`before`, `before_key`).
absl::StatusOr<std::vector<StoredEvent>> List(Snapshot& db, int64_t customer, absl::Time before,
                                              int64_t before_key, int64_t limit);

// Parts a customer from its events, which are then deleted by DeleteForgotten(), in steps; whether
// there may be any.
absl::StatusOr<bool> Forget(Transaction& tx, int64_t customer);

// Deletes up to `limit` rows of customers who are gone; how many there were.
absl::StatusOr<int64_t> DeleteForgotten(Transaction& tx, int64_t limit);

}  // namespace regulars::customer::behaviour

#endif  // CUSTOMER_SVC_STORE_BEHAVIOUR_H_
