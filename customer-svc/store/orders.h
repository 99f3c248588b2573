// Orders with their lines (tables customer_order, order_line, return_reference).
//
//   ABSL_ASSIGN_OR_RETURN(auto found, orders::FindByReceipt(db, "till", "4711"));
//   if (found) …found->order.lines…
//
// What is written has been prepared (domain/order_check.h). Who changes orders goes through
// rpc/order_changes.h, which moves with them all that follows from them.
#ifndef CUSTOMER_SVC_STORE_ORDERS_H_
#define CUSTOMER_SVC_STORE_ORDERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/order.h"

namespace regulars::customer::orders {

struct StoredOrder {
  int64_t key = 0;
  // Which tables hold rows of its flow, as stored.
  int64_t parts = 0;
  Order order;
  // What the lines come to.
  OrderFigures figures;
  int64_t version = 1;
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> cancel_time;
  // Key of its customer, where that one has gone and DetachNext has yet to come to the order.
  // All else is as it will be then: it has no buyer, and its version and update time have moved.
  std::optional<int64_t> gone_customer;
};

// The store's number of a line: its order and its position there. Kept in links.
inline constexpr int64_t kLineKeysPerOrder = 4096;
static_assert(kMaxOrderLines <= kLineKeysPerOrder);
inline int64_t LineKey(int64_t order, size_t position) {
  return order * kLineKeysPerOrder + static_cast<int64_t>(position);
}
inline int64_t OrderOfLine(int64_t line) { return line / kLineKeysPerOrder; }
inline size_t PositionOfLine(int64_t line) { return static_cast<size_t>(line % kLineKeysPerOrder); }

absl::StatusOr<std::optional<StoredOrder>> FindByReceipt(Snapshot& db, absl::string_view source,
                                                         absl::string_view receipt_number);
absl::StatusOr<std::optional<StoredOrder>> FindById(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<StoredOrder>> FindByKey(Snapshot& db, int64_t key);

// Stores a new order and gives it its key; id, times and version are the caller's.
absl::Status Insert(Transaction& tx, StoredOrder& stored);

// Writes the order's own row, and those lines that differ.
absl::Status Update(Transaction& tx, const StoredOrder& before, const StoredOrder& after);

// Whether there is any order, of anyone or of this customer; cancelled ones too.
absl::StatusOr<bool> Any(Snapshot& db);
absl::StatusOr<bool> AnyOf(Snapshot& db, int64_t customer);

// Time of the latest order that is not cancelled.
absl::StatusOr<std::optional<absl::Time>> LatestTime(Snapshot& db);

// The country of the customer's latest order that says one; of the latest return, where no order
// does. "" if none says any.
absl::StatusOr<std::string> LatestCountry(Snapshot& db, int64_t customer);

// What is known of an order before it is loaded.
struct OrderHead {
  int64_t key = 0;
  absl::Time order_time;
  std::string store;
  // How many it has.
  int64_t lines = 0;
};

// A customer's orders, latest first, behind (`before`, `before_key`).
absl::StatusOr<std::vector<OrderHead>> LatestOf(Snapshot& db, int64_t customer, absl::Time before,
                                                int64_t before_key, int64_t limit);

// Whether the order with this receipt is there and its customer was erased.
absl::StatusOr<bool> IsErased(Snapshot& db, absl::string_view source,
                              absl::string_view receipt_number);

absl::StatusOr<bool> IsErasedById(Snapshot& db, absl::string_view id);

// How a customer goes.
enum class Departure { kDeleted, kErased };

// Makes a note that the customer goes now while orders, or entries of the timeline, bear its key:
// orders are read as if they did not, and as erased if it was, until DetachNext has taken it off
// them.
absl::Status NoteDeparture(Transaction& tx, int64_t customer, Departure how);

// Leaves the next of the orders that bear a deleted customer's key without a customer; when there
// are none, deletes some entries of the timeline. False once nothing bears the key and the note is
// gone.
absl::StatusOr<bool> DetachNext(Transaction& tx, int64_t customer);

// Takes the free text off one order whose customer was erased, or, before that, the key off one
// that bears it; whether there was one.
absl::StatusOr<bool> EraseText(Transaction& tx);

}  // namespace regulars::customer::orders

#endif  // CUSTOMER_SVC_STORE_ORDERS_H_
