#include "loyalty-svc/domain/replay.h"

#include "chassis/base/status_macros.h"

namespace regulars::loyalty {

absl::Status Replay::Add(const Movement& movement, int64_t number, int64_t balance_after) {
  ABSL_ASSIGN_OR_RETURN(const Moved moved, Move(balance_, lots_.ToTake(movement), movement));
  balance_ = moved.after;
  lots_.Settle(moved);
  if (movement.receipt) by_receipt_[*movement.receipt] += movement.points;
  if (balance_.posting_count != number || balance_.points != balance_after) ++wrong_postings_;
  return absl::OkStatus();
}

int64_t SumOf(const std::vector<Lot>& lots) {
  int64_t sum = 0;
  for (const Lot& lot : lots) sum += lot.remaining;
  return sum;
}

}  // namespace regulars::loyalty
