// Makes the counts say what an order says now.
//
// The order is known by its source and receipt number, for ever; what is stored of it and what it
// says now are compared, and the difference is posted. So events that come twice, late or in
// another sequence end in the same counts, and so does a rebuild.
//
//   ABSL_RETURN_IF_ERROR(Reconcile(tx, event.order()));
#ifndef RECOMMEND_SVC_FOLLOW_RECONCILE_H_
#define RECOMMEND_SVC_FOLLOW_RECONCILE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/store/receipts.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::recommend {

// What the order's receipt sells and takes back. Codes that were never seen become learned items.
// Charges (postage, vouchers) are no items; a return that is linked to no sold line takes nothing
// back. `key` and `generation` are left at 0.
absl::StatusOr<receipts::Receipt> ReadReceipt(Transaction& tx,
                                              const customer::v1::OrderFacts& order);

// Counts the order as it is told, unless a later word of it is known. `generation`: the rebuild
// that found it, which is believed; 0 keeps the stored one.
absl::Status Reconcile(Transaction& tx, const customer::v1::OrderFacts& order,
                       int64_t generation = 0);

// Takes out the receipt of an order that was cancelled, for good: what comes of it later is older.
absl::Status Cancel(Transaction& tx, const customer::v1::OrderFacts& order);

// Takes back all that a receipt counts for, and forgets it. No error if it is unknown.
absl::Status TakeOut(Transaction& tx, absl::string_view source, absl::string_view number);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_FOLLOW_RECONCILE_H_
