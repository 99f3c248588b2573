// Orders become points: whatever is told of a receipt, in whatever order and how often, what stands
// in the ledger for it is afterwards what the facts say.
//
//   ABSL_RETURN_IF_ERROR(ApplyOrder(tx, ReadOrder(event.order()), seen));
#ifndef LOYALTY_SVC_RPC_RECEIPT_CHANGES_H_
#define LOYALTY_SVC_RPC_RECEIPT_CHANGES_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "chassis/storage/transaction.h"
#include "loyalty-svc/domain/earning.h"
#include "loyalty-svc/domain/member.h"
#include "loyalty-svc/domain/programme.h"
#include "loyalty-svc/store/receipts.h"

namespace regulars::loyalty {

// Most orders that an enrolment by call may count at once.
inline constexpr int64_t kMaxOrdersAtEnrolment = 10'000;

// Takes in what an order says now, makes its buyer a member where the programme says so, and posts
// the difference between what should stand for the orders that it touches and what stands. An event
// that is older than what is known is ignored.
absl::Status ApplyOrder(Transaction& tx, const OrderFacts& order, const Seen& seen);

// Posts what the member's known orders earn, but for the one with key `except`. `limit` is the most
// of them: FAILED_PRECONDITION with TOO_MANY_ORDERS.
absl::Status CountKnownOrders(Transaction& tx, const Programme& programme, const Member& member,
                              int64_t except, int64_t limit);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_RECEIPT_CHANGES_H_
