// What a customer's orders come to, and how one order moves it. Amounts are in the base currency,
// days are the company's.
//
// Plain values and pure functions.
#ifndef CUSTOMER_SVC_DOMAIN_PURCHASES_H_
#define CUSTOMER_SVC_DOMAIN_PURCHASES_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/domain/settings.h"

namespace regulars::customer {

// The most that each figure of one customer, and of one day of theirs, may come to either way: the
// difference of two fits 64 bits.
inline constexpr int64_t kMaxFiguresMicros = 4'000'000'000'000'000'000;

// Figures of some orders that are not cancelled.
struct PurchaseFigures {
  // Receipts with a SALE line, and with a RETURN line; one may be both.
  int64_t order_count = 0;
  int64_t return_count = 0;
  // Sales and returns are both written positive.
  int64_t sales_micros = 0;
  int64_t returned_micros = 0;
  // Of PRODUCT lines.
  int64_t units_sold_micros = 0;
  int64_t units_returned_micros = 0;

  // Sales less returns. Figures of orders that were recorded before there was a limit may lie
  // beyond 64 bits; then it is the nearest number.
  int64_t revenue_micros() const;
  // Without a receipt there is nothing else either.
  bool empty() const { return order_count == 0 && return_count == 0; }
  friend bool operator==(const PurchaseFigures&, const PurchaseFigures&) = default;
};

// Adds `more` (or, with `sign` -1, takes it away); false, and `figures` of no use, if a sum does
// not fit 64 bits.
bool AddFigures(PurchaseFigures& figures, const PurchaseFigures& more, int sign = 1);

// Whether figures may move from `before` to `after`: none may pass kMaxFiguresMicros, and what lay
// beyond it before there was this limit may come closer.
bool MayMove(const PurchaseFigures& before, const PurchaseFigures& after);

struct PurchaseSummary {
  // Of receipts with a SALE line; unset if there is none.
  std::optional<absl::Time> first_order_time;
  std::optional<absl::Time> last_order_time;
  // Days with such a receipt.
  int64_t order_days = 0;
  PurchaseFigures figures;

  friend bool operator==(const PurchaseSummary&, const PurchaseSummary&) = default;
};

// What one order brings to its customer.
struct Purchase {
  absl::Time time;
  // Days since 1970-01-01.
  int64_t day = 0;
  PurchaseFigures figures;

  friend bool operator==(const Purchase&, const Purchase&) = default;
};

// nullopt for an order that counts nowhere: cancelled, or without a customer.
std::optional<Purchase> PurchaseOf(const Order& order, const OrderFigures& figures,
                                   const CompanySettings& settings);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_PURCHASES_H_
