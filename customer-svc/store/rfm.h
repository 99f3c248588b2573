// RFM scores: the scoring that counts, and the one being written.
//
// A scoring is written under a number of its own, row by row, and counts once Switch() has named
// it; the rows of those before are then deleted in steps.
#ifndef CUSTOMER_SVC_STORE_RFM_H_
#define CUSTOMER_SVC_STORE_RFM_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer_record.h"
#include "customer-svc/domain/rfm.h"

namespace regulars::customer::rfm {

// A scoring as a whole.
struct Scoring {
  int64_t version = 0;
  absl::CivilDay as_of;
  absl::Time compute_time;
  int64_t customer_count = 0;
};

// The scoring that counts; nullopt if there was none yet.
absl::StatusOr<std::optional<Scoring>> LoadScoring(Snapshot& db);

// A customer's scores and what they rest on; nullopt without.
struct CustomerScore {
  ScoreFacts score;
  absl::CivilDay as_of;
  absl::Time compute_time;
};
absl::StatusOr<std::optional<CustomerScore>> Load(Snapshot& db, int64_t customer_key);

// One triple of scores.
struct Cell {
  RfmScores scores;
  int64_t customer_count = 0;
  int64_t revenue_micros = 0;
};
// By recency, frequency, monetary.
absl::StatusOr<std::vector<Cell>> LoadCells(Snapshot& db, int64_t version);

// What one customer with an order is scored by.
struct Candidate {
  int64_t customer_key = 0;
  absl::Time last_order_time;
  int64_t order_days = 0;
  int64_t revenue_micros = 0;
};
// All of them, by key.
absl::Status ForEachCandidate(Snapshot& db, const std::function<void(const Candidate&)>& each);

// The number of a new scoring.
absl::StatusOr<int64_t> NewVersion(Transaction& tx);

// Leaves out who was deleted since.
absl::Status Insert(Transaction& tx, int64_t version, int64_t customer_key,
                    const ScoreFacts& score);

// From now on this scoring counts.
absl::Status Switch(Transaction& tx, const Scoring& scoring, const std::vector<Cell>& cells);

// A customer whose scores differ between two scorings, in one of which it may be missing.
struct Changed {
  int64_t customer_key = 0;
  std::optional<ScoreFacts> before;
  std::optional<ScoreFacts> after;
};
// The scores of the next customers after `after` in either scoring, by key, changed or not.
absl::StatusOr<std::vector<Changed>> Compare(Snapshot& db, int64_t before, int64_t now,
                                             int64_t after, int64_t limit);

// Deletes up to `limit` rows of scorings other than the one that counts; whether more are left.
absl::StatusOr<bool> DeleteOthers(Transaction& tx, int64_t limit);

// Takes a customer out of every scoring.
absl::Status Forget(Transaction& tx, int64_t customer_key);

}  // namespace regulars::customer::rfm

#endif  // CUSTOMER_SVC_STORE_RFM_H_
