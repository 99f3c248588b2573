// What happened with a customer, newest first, gathered from where each kind of thing is kept. And
// what is remembered for it alone.
#ifndef CUSTOMER_SVC_RPC_TIMELINE_H_
#define CUSTOMER_SVC_RPC_TIMELINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/rpc/service.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/timeline_service.pb.h"

namespace regulars::customer {

// Where a thing stands: by time, then by where it is kept, then by its place there.
struct TimelinePlace {
  absl::Time time = absl::InfiniteFuture();
  int source = 0;
  // A number, or the reference of an entry.
  std::string id;
};

struct TimelineQuery {
  int64_t customer = 0;  // Key.
  // Empty: all.
  std::set<int> kinds;
  // What comes behind this is read.
  std::optional<TimelinePlace> after;
  int64_t limit = 50;
};

struct TimelinePage {
  std::vector<v1::TimelineEvent> events;
  // Place of the last that was shown or looked at; nullopt at the end.
  std::optional<TimelinePlace> next;
};

// A page that would take too long to fill is shorter, or empty: the next one goes on. Who is
// limited to stores gets the orders and the behaviour of these.
absl::StatusOr<TimelinePage> ReadTimeline(Snapshot& db, const TimelineQuery& query);

// Remembers something that stands in no other table. `reference` tells it from others: told twice
// it is there once; whether it was new.
absl::StatusOr<bool> RememberInTimeline(Transaction& tx, int64_t customer_key,
                                        absl::string_view reference,
                                        const v1::TimelineEvent& event);

// The same, but what it says takes the place of what was told before under this reference.
absl::Status CorrectTimeline(Transaction& tx, int64_t customer_key, absl::string_view reference,
                             const v1::TimelineEvent& event);

// TimelineService, wired.
std::unique_ptr<rpc::Service> RegisterTimeline(const rpc::Environment& environment);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_TIMELINE_H_
