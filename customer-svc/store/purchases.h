// What each customer's orders come to (tables purchase_summary and purchase_day), moved by the
// order that changes it.
#ifndef CUSTOMER_SVC_STORE_PURCHASES_H_
#define CUSTOMER_SVC_STORE_PURCHASES_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/purchases.h"

namespace regulars::customer::purchases {

// All zero for a customer without orders.
absl::StatusOr<PurchaseSummary> Load(Snapshot& db, int64_t customer);

// One order's change as one customer sees it: what it brought before, and what it brings now.
struct Difference {
  std::optional<Purchase> before;
  std::optional<Purchase> after;
};

// The figures as they will be. Made before anything of the order is written, since it may refuse.
struct Plan {
  int64_t customer = 0;
  Difference difference;
  PurchaseSummary summary;
  // The days moved: at most two.
  std::vector<std::pair<int64_t, PurchaseFigures>> days;
};

// INVALID_ARGUMENT AMOUNT_OVERFLOW where the customer's figures would pass kMaxFiguresMicros.
absl::StatusOr<Plan> PlanMove(Snapshot& db, int64_t customer, const Difference& difference);

// Moves the figures. Call after the order is written: the first and the last order are looked up
// where the difference alone does not tell.
absl::Status Move(Transaction& tx, Plan plan);

// Forgets all figures of a customer whose orders have no customer any more.
absl::Status Forget(Transaction& tx, int64_t customer);

}  // namespace regulars::customer::purchases

#endif  // CUSTOMER_SVC_STORE_PURCHASES_H_
