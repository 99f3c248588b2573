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
#include "chassis/tasks/runner.h"
#include "loyalty-svc/domain/earning.h"
#include "loyalty-svc/domain/member.h"
#include "loyalty-svc/domain/programme.h"
#include "loyalty-svc/store/receipts.h"

namespace regulars::loyalty {

// As many known orders of a new member count in the change that makes the member; the others follow
// in steps of a task.
inline constexpr int64_t kCountedAtEnrolment = 64;

inline constexpr char kCountTask[] = "count_known_orders";
TaskKind CountTask();

// Takes in what an order says now, makes its buyer a member where the programme says so, and posts
// the difference between what should stand for the orders that it touches and what stands. An event
// that is older than what is known is ignored.
absl::Status ApplyOrder(Transaction& tx, const OrderFacts& order, const Seen& seen);

// Posts what the new member's known orders earn: the first at once, the others soon. The one with
// key `except` is the caller's to reconcile.
absl::Status CountKnownOrders(Transaction& tx, const Programme& programme, const Member& member,
                              int64_t except);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_RECEIPT_CHANGES_H_
