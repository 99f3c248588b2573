// The filters of all segments, compiled. Every change of a customer asks for them, so they are kept
// in memory; what they were compiled from is fingerprinted in the store, and only a plan with that
// very fingerprint is used. So a change that was rolled back leaves no trace in them.
#ifndef CUSTOMER_SVC_RPC_SEGMENT_PLAN_H_
#define CUSTOMER_SVC_RPC_SEGMENT_PLAN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/filter/expression.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer_record.h"
#include "customer-svc/domain/segment.h"

namespace regulars::customer {

// A set that is kept up to date: live or staged.
struct PlannedSet {
  int64_t key = 0;
  SetRole role = SetRole::kLive;
  std::string segment_id;
  // Keys of the segment's sets in the other roles; 0 where there is none.
  int64_t live = 0;
  int64_t staged = 0;
  int64_t outgoing = 0;

  filter::Expression expression;
  FactNeeds needs;
  bool depends_on_time = false;
};

struct SegmentPlan {
  absl::TimeZone zone;
  // Live sets before staged ones.
  std::vector<PlannedSet> sets;
  // Handles of the score fields among them.
  std::vector<int64_t> score_fields;

  const PlannedSet* Find(int64_t set) const;
};

// The plan in force, whose fingerprint is `fingerprint`.
absl::StatusOr<std::shared_ptr<const SegmentPlan>> LoadPlan(Snapshot& db,
                                                            const std::string& fingerprint);
absl::StatusOr<std::shared_ptr<const SegmentPlan>> LoadPlan(Snapshot& db);

// Call after every change of what a plan rests on: sets and their roles, attribute definitions, the
// company's time zone.
absl::Status RefreshPlan(Transaction& tx);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SEGMENT_PLAN_H_
