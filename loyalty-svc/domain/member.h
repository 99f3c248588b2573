// A customer in the programme.
#ifndef LOYALTY_SVC_DOMAIN_MEMBER_H_
#define LOYALTY_SVC_DOMAIN_MEMBER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "loyalty-svc/domain/ledger.h"

namespace regulars::loyalty {

// Numbers are stored, and equal those of the public interface.
enum class MemberState : int64_t { kActive = 1, kClosed = 2 };

struct Member {
  // Key of the holder: the store's number of the customer.
  int64_t key = 0;
  std::string id;
  // Id of the customer; "" once the person was erased.
  std::string customer_id;
  MemberState state = MemberState::kActive;
  Balance balance;
  // Id of the tier; "" for none.
  std::string tier;
  // Orders before do not count.
  std::optional<absl::Time> counted_from;
  absl::Time create_time;
  std::optional<absl::Time> close_time;

  bool is_active() const { return state == MemberState::kActive; }
  bool Counts(absl::Time order_time) const { return !counted_from || order_time >= *counted_from; }
};

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_MEMBER_H_
