// What other services have told of customers (tables loyalty_state, engagement), and what happened
// that stands in no other table (timeline_entry).
#ifndef CUSTOMER_SVC_STORE_FOLLOWED_H_
#define CUSTOMER_SVC_STORE_FOLLOWED_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer_record.h"

namespace regulars::customer::followed {

// nullopt for who is no member.
absl::StatusOr<std::optional<LoyaltyFacts>> LoadLoyalty(Snapshot& db, int64_t customer);
// nullopt takes the membership away.
absl::Status SaveLoyalty(Transaction& tx, int64_t customer,
                         const std::optional<LoyaltyFacts>& loyalty);

// Notes that a rebuild has seen the membership, if there is one.
absl::Status MarkLoyalty(Transaction& tx, int64_t customer, int64_t generation);
// Keys of members that no rebuild from `generation` on has seen, at most `limit`.
absl::StatusOr<std::vector<int64_t>> ListUnmarkedLoyalty(Snapshot& db, int64_t generation,
                                                         int64_t limit);

// All zero for who was sent nothing.
absl::StatusOr<EngagementFacts> LoadEngagement(Snapshot& db, int64_t customer);
absl::Status SaveEngagement(Transaction& tx, int64_t customer, const EngagementFacts& engagement);

struct TimelineEntry {
  absl::Time event_time;
  std::string reference;
  int64_t kind = 0;
  std::string entry;  // Serialised.
};

// Whether it is new; what has the same reference stays as it is.
absl::StatusOr<bool> AddEntry(Transaction& tx, int64_t customer, const TimelineEntry& entry);
// Takes the place of what has the same reference.
absl::Status PutEntry(Transaction& tx, int64_t customer, const TimelineEntry& entry);
// Deletes entries whose reference is `prefix`, which ends in a blank, and a number above `last`.
absl::Status DeleteEntriesAfter(Transaction& tx, int64_t customer, absl::string_view prefix,
                                int64_t last);

// Entries of all kinds, newest first, behind (`before`, `before_reference`).
absl::StatusOr<std::vector<TimelineEntry>> ListEntries(Snapshot& db, int64_t customer,
                                                       absl::Time before,
                                                       absl::string_view before_reference,
                                                       int64_t limit);

absl::StatusOr<bool> AnyEntry(Snapshot& db, int64_t customer);
// Deletes at most `limit`; how many there were.
absl::StatusOr<int64_t> DeleteEntries(Transaction& tx, int64_t customer, int64_t limit);

// Takes everything of a customer away but entries, of which there may be any number.
absl::Status Forget(Transaction& tx, int64_t customer);

}  // namespace regulars::customer::followed

#endif  // CUSTOMER_SVC_STORE_FOLLOWED_H_
