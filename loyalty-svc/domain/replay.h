// A member's postings played again from the first: what the member must have, by the ledger alone.
//
//   Replay replay;
//   for (…) ABSL_RETURN_IF_ERROR(replay.Add({.number = 1, .points = 30, …}));
//   replay.balance(), replay.lots(), replay.by_receipt()
//
// Belongs to one thread.
#ifndef LOYALTY_SVC_DOMAIN_REPLAY_H_
#define LOYALTY_SVC_DOMAIN_REPLAY_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "loyalty-svc/domain/ledger.h"

namespace regulars::loyalty {

class Replay {
 public:
  // Plays the next posting, which wrote `number` and `balance_after`.
  absl::Status Add(const Movement& movement, int64_t number, int64_t balance_after);

  const Balance& balance() const { return balance_; }
  std::vector<Lot> lots() const { return lots_.All(); }
  // What stands for each receipt.
  const std::map<int64_t, int64_t>& by_receipt() const { return by_receipt_; }
  // Postings whose number or balance is not what comes out.
  int64_t wrong_postings() const { return wrong_postings_; }

 private:
  Balance balance_;
  OpenLots lots_;
  std::map<int64_t, int64_t> by_receipt_;
  int64_t wrong_postings_ = 0;
};

// What the lots hold together.
int64_t SumOf(const std::vector<Lot>& lots);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_REPLAY_H_
