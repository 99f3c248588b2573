// How orders change: recorded, corrected, cancelled. Each change moves in one transaction the
// order, the links of returns, the customer's figures, country and memberships, and publishes one
// event if, and only if, something changed (another one for each other order whose returns are
// linked otherwise now, and CustomerUpdated where the country moved).
//
//   ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
//   ABSL_ASSIGN_OR_RETURN(const AppliedOrder applied,
//                         ApplyOrder(tx, context, std::move(order), ApplyMode::kReplace));
//
// What is refused (INVALID_ARGUMENT, FAILED_PRECONDITION, PERMISSION_DENIED) is refused before
// anything was written: those who apply many orders in one transaction go on with the next. Any
// other error ends the transaction.
#ifndef CUSTOMER_SVC_RPC_ORDER_CHANGES_H_
#define CUSTOMER_SVC_RPC_ORDER_CHANGES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/runner.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/orders.h"
#include "regulars/type/v1/upsert.pb.h"

namespace regulars::customer {

// What all orders of a transaction are read by.
struct OrderContext {
  CompanySettings settings;
};

absl::StatusOr<OrderContext> LoadOrderContext(Snapshot& db);

enum class ApplyMode {
  // The recorded order says afterwards what the new one says. Its customer stays if the new one
  // names none.
  kReplace,
  // The recorded order gains the lines that it does not have yet, the earlier of both times if
  // there
  // is such a line, and what it does not say of its customer, store, till, staff, channel and
  // country. For files, which may hold a receipt in parts.
  kAddLines,
};

struct AppliedOrder {
  // "orders/{order}".
  std::string name;
  type::v1::UpsertOutcome outcome = type::v1::UPSERT_OUTCOME_UNSPECIFIED;
  // Lines of a new order, or those that kAddLines has added.
  int64_t lines_added = 0;
  // Whether `new_customer` was made.
  bool customer_made = false;
};

// The refusal of a receipt that the caller, limited to stores, may not see.
absl::Status ReceiptOfAnotherStore();

// Records an order, or changes the one with its source and receipt number. `new_customer`, if
// given, is made just before the order is stored, and becomes its customer.
//
// Refusals: all of PrepareOrder's (fields as paths from the order), AMOUNT_OVERFLOW,
// FIELD_IMMUTABLE (another currency than recorded), RATE_NOT_FOUND, ORDER_CANCELLED,
// STORE_NOT_ALLOWED, RECEIPT_DIFFERS (kAddLines: another customer, store, … than recorded). An
// order whose customer was erased stays as it is.
absl::StatusOr<AppliedOrder> ApplyOrder(Transaction& tx, const OrderContext& context, Order order,
                                        ApplyMode mode,
                                        const customers::BareCustomer* new_customer = nullptr);

// Makes a recorded order say what `after` says, in all that callers set; whether that changed it.
// Refusals as ApplyOrder, and ORDER_ERASED.
absl::StatusOr<bool> ReplaceOrder(Transaction& tx, const OrderContext& context,
                                  const orders::StoredOrder& before, Order after,
                                  const customers::BareCustomer* new_customer = nullptr);

// Cancels an order that is not cancelled. Refusals: AMOUNT_OVERFLOW,
// ORDER_ERASED.
absl::Status CancelRecordedOrder(Transaction& tx, const OrderContext& context,
                                 const orders::StoredOrder& before);

// Leaves the orders of a customer who is about to go without a customer, and forgets what they came
// to. They show none from then on, and are erased if the customer is; the links of their returns
// stay as they are. A task goes through them, and deletes the customer's entries of the timeline.
// No event is sent for them.
absl::Status Depart(Transaction& tx, int64_t customer_key, orders::Departure how);
inline constexpr char kDetachOrdersTask[] = "detach_orders";
TaskKind DetachOrdersTask();

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ORDER_CHANGES_H_
