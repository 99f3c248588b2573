// Changes of members, whoever asks for them: what must move with a posting (balance, lots, the
// programme's account, tier, events) is here.
//
//   ABSL_ASSIGN_OR_RETURN(const Posting posted,
//                         Post(tx, programme, member, {.kind = PostingKind::kEarn, .points = 30}));
#ifndef LOYALTY_SVC_RPC_MEMBER_CHANGES_H_
#define LOYALTY_SVC_RPC_MEMBER_CHANGES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "loyalty-svc/domain/member.h"
#include "loyalty-svc/domain/programme.h"
#include "loyalty-svc/store/ledger.h"

namespace regulars::loyalty {

// Makes a holder who is no member one. What orders of theirs earn is the caller's to reconcile.
absl::StatusOr<Member> MakeMember(Transaction& tx, const Programme& programme, int64_t holder,
                                  const std::string& customer_id,
                                  std::optional<absl::Time> counted_from);

// Adds a posting of which the caller fills kind, points (not 0), qualifying, receipt, cause,
// reason_code and reference; moves `member` with it. `order_id` is the receipt's, for the event.
absl::StatusOr<Posting> Post(Transaction& tx, const Programme& programme, Member& member,
                             Posting posting, absl::string_view order_id);

// Ends a membership; nothing happens to one that has ended.
absl::Status CloseMembership(Transaction& tx, const Programme& programme, Member& member);

// Moves a member to the tier that the qualifying points reach; whether it was another one.
// `posting` is the number of the posting that moved the points; 0: the tiers were changed.
bool MoveTier(Transaction& tx, const Programme& programme, Member& member, int64_t posting = 0);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_MEMBER_CHANGES_H_
