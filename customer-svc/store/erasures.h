// Erasures (tables erasure, erasure_part, erasure_clue).
#ifndef CUSTOMER_SVC_STORE_ERASURES_H_
#define CUSTOMER_SVC_STORE_ERASURES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"

namespace regulars::customer::erasures {

struct Part {
  std::string service;
  std::optional<absl::Time> confirm_time;
};

struct Erasure {
  int64_t key = 0;
  std::string id;
  // The id that the customer had.
  std::string customer;
  std::string requested_by;
  absl::Time create_time;
  std::optional<absl::Time> complete_time;
  std::vector<Part> parts;  // By service.
};

// Stores a new one with its parts, and gives it its key.
absl::Status Insert(Transaction& tx, Erasure& erasure, const std::vector<std::string>& clues);

absl::StatusOr<std::optional<Erasure>> FindById(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Erasure>> FindByCustomer(Snapshot& db, absl::string_view customer);

// Newest first, before the one with this key (0: from the newest).
absl::StatusOr<std::vector<Erasure>> List(Snapshot& db, int64_t before, int64_t limit);

// The same, without their parts.
absl::StatusOr<std::vector<Erasure>> ListNames(Snapshot& db, int64_t before, int64_t limit);

absl::StatusOr<std::vector<std::string>> LoadClues(Snapshot& db, int64_t erasure);
absl::Status ForgetClues(Transaction& tx, int64_t erasure);

// Notes that a customer with this id was deleted without being erased; whether one was.
absl::Status NoteDeleted(Transaction& tx, absl::string_view customer);
absl::StatusOr<bool> WasDeleted(Snapshot& db, absl::string_view customer);

// Records that a service holds nothing any more; whether that was news.
absl::StatusOr<bool> Confirm(Transaction& tx, int64_t erasure, absl::string_view service);
absl::Status Complete(Transaction& tx, int64_t erasure);

// One whose part of the service is not confirmed, and was not asked for again in this reading of
// the service's state, or a later one.
absl::StatusOr<std::optional<Erasure>> FindUnasked(Snapshot& db, absl::string_view service,
                                                   int64_t generation);
absl::Status MarkAsked(Transaction& tx, int64_t erasure, absl::string_view service,
                       int64_t generation);

}  // namespace regulars::customer::erasures

#endif  // CUSTOMER_SVC_STORE_ERASURES_H_
