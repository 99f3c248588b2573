// Whom not to write to (table suppression).
#ifndef CAMPAIGN_SVC_STORE_SUPPRESSIONS_H_
#define CAMPAIGN_SVC_STORE_SUPPRESSIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "campaign-svc/domain/suppression.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign::suppressions {

absl::StatusOr<std::optional<Suppression>> Find(Snapshot& db, absl::string_view id);
// Newest first, below key `before` (0: from the newest); of one customer, or of all ("").
absl::StatusOr<std::vector<Suppression>> List(Snapshot& db, absl::string_view customer,
                                              int64_t before, int64_t limit);

struct Added {
  // As it is kept.
  Suppression row;
  // Whether it says something that was not known: it was not there. What a reader says of what
  // somebody here decided (MANUAL) is news too, whenever it is said again.
  bool news = false;
};
// Adds one. Where the same is there already, that one keeps its name and takes the later time; what
// somebody here decided stays so whatever a reader says.
absl::StatusOr<Added> Add(Transaction& tx, Suppression suppression);
absl::Status Delete(Transaction& tx, int64_t key);

// Why a message about `topic` must not go out, or nullopt: by customer, or by address. One that
// names both is about the address: the customer may have another by now.
absl::StatusOr<std::optional<SuppressionCause>> Closed(Snapshot& db, absl::string_view customer,
                                                       absl::string_view address_hash,
                                                       absl::string_view topic);

// Forgets unsubscribings of a customer that are older than `time`: from one topic, or from all
// ("").
absl::Status LiftUnsubscribed(Transaction& tx, absl::string_view customer, absl::string_view topic,
                              absl::Time time);
// Unsubscribings of a customer that stand: from one topic, or from all ("").
absl::StatusOr<std::vector<Suppression>> Unsubscribed(Snapshot& db, absl::string_view customer,
                                                      absl::string_view topic);
// Ids of customers who unsubscribed from something, in order, behind `after`; at most `limit`.
absl::StatusOr<std::vector<std::string>> WhoUnsubscribed(Snapshot& db, absl::string_view after,
                                                         int64_t limit);
// Forgets all that is known of a customer.
absl::Status Erase(Transaction& tx, absl::string_view customer);

}  // namespace regulars::campaign::suppressions

#endif  // CAMPAIGN_SVC_STORE_SUPPRESSIONS_H_
