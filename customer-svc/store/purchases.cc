#include "customer-svc/store/purchases.h"

#include <algorithm>

#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::customer::purchases {
namespace {

absl::Status Overflow() {
  return FieldError("lines", "AMOUNT_OVERFLOW",
                    "would bring the customer's figures beyond 4·10^18 micros");
}

// Removes before it adds, so that sums are never larger than they must be.
absl::Status Apply(const PurchaseFigures* before, const PurchaseFigures* after,
                   PurchaseFigures& figures) {
  const PurchaseFigures was = figures;
  if (before != nullptr && !AddFigures(figures, *before, -1)) return Overflow();
  if (after != nullptr && !AddFigures(figures, *after)) return Overflow();
  return MayMove(was, figures) ? absl::OkStatus() : Overflow();
}

absl::StatusOr<PurchaseFigures> LoadDay(Snapshot& db, int64_t customer, int64_t day) {
  ABSL_ASSIGN_OR_RETURN(auto row,
                        db.Sql("SELECT order_count, return_count, sales_micros, returned_micros, "
                               "units_sold_micros, units_returned_micros FROM purchase_day "
                               "WHERE customer = ? AND day = ?",
                               customer, day)
                            .First<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>());
  if (!row) return PurchaseFigures{};
  const auto& [order_count, return_count, sales, returned, sold, back] = *row;
  return PurchaseFigures{order_count, return_count, sales, returned, sold, back};
}

absl::Status SaveDay(Transaction& tx, int64_t customer, int64_t day, const PurchaseFigures& f) {
  if (f.empty()) {
    return tx.Sql("DELETE FROM purchase_day WHERE customer = ? AND day = ?", customer, day).Run();
  }
  return tx
      .Sql(
          "INSERT INTO purchase_day (customer, day, order_count, return_count, "
          "sales_micros, returned_micros, units_sold_micros, units_returned_micros) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (customer, day) DO UPDATE SET "
          "order_count = excluded.order_count, return_count = excluded.return_count, "
          "sales_micros = excluded.sales_micros, returned_micros = excluded.returned_micros, "
          "units_sold_micros = excluded.units_sold_micros, "
          "units_returned_micros = excluded.units_returned_micros",
          customer, day, f.order_count, f.return_count, f.sales_micros, f.returned_micros,
          f.units_sold_micros, f.units_returned_micros)
      .Run();
}

// Moves one day, and the count of days with an order.
absl::Status PlanDay(Snapshot& db, int64_t day, const PurchaseFigures* before,
                     const PurchaseFigures* after, Plan& plan) {
  ABSL_ASSIGN_OR_RETURN(PurchaseFigures figures, LoadDay(db, plan.customer, day));
  const bool had_order = figures.order_count > 0;
  ABSL_RETURN_IF_ERROR(Apply(before, after, figures));
  const bool has_order = figures.order_count > 0;
  plan.summary.order_days += static_cast<int64_t>(has_order) - static_cast<int64_t>(had_order);
  plan.days.emplace_back(day, figures);
  return absl::OkStatus();
}

// Time of the customer's first or last order with a sale.
absl::StatusOr<std::optional<absl::Time>> EdgeTime(Snapshot& db, int64_t customer, bool last) {
  return last ? db.Sql(
                      "SELECT order_time FROM customer_order WHERE customer = ? AND state = 1 "
                      "AND sale_lines > 0 ORDER BY order_time DESC LIMIT 1",
                      customer)
                    .First<absl::Time>()
              : db.Sql(
                      "SELECT order_time FROM customer_order WHERE customer = ? AND state = 1 "
                      "AND sale_lines > 0 ORDER BY order_time LIMIT 1",
                      customer)
                    .First<absl::Time>();
}

bool IsOrder(const std::optional<Purchase>& purchase) {
  return purchase && purchase->figures.order_count > 0;
}

absl::Status MoveEdges(Snapshot& db, int64_t customer, const Difference& difference,
                       PurchaseSummary& summary) {
  const auto& [before, after] = difference;
  // An order that was at an edge and may have left it: only the orders themselves tell.
  if (IsOrder(before) && before->time == summary.first_order_time) {
    ABSL_ASSIGN_OR_RETURN(summary.first_order_time, EdgeTime(db, customer, /*last=*/false));
  }
  if (IsOrder(before) && before->time == summary.last_order_time) {
    ABSL_ASSIGN_OR_RETURN(summary.last_order_time, EdgeTime(db, customer, /*last=*/true));
  }
  if (IsOrder(after)) {
    const absl::Time time = after->time;
    summary.first_order_time = std::min(summary.first_order_time.value_or(time), time);
    summary.last_order_time = std::max(summary.last_order_time.value_or(time), time);
  }
  return absl::OkStatus();
}

absl::Status Save(Transaction& tx, int64_t customer, const PurchaseSummary& summary) {
  const PurchaseFigures& f = summary.figures;
  if (f.empty()) {
    return tx.Sql("DELETE FROM purchase_summary WHERE customer = ?", customer).Run();
  }
  return tx
      .Sql(
          "INSERT INTO purchase_summary (customer, first_order_time, last_order_time, "
          "order_count, order_days, return_count, sales_micros, returned_micros, "
          "units_sold_micros, units_returned_micros) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (customer) DO UPDATE SET first_order_time = excluded.first_order_time, "
          "last_order_time = excluded.last_order_time, order_count = excluded.order_count, "
          "order_days = excluded.order_days, return_count = excluded.return_count, "
          "sales_micros = excluded.sales_micros, returned_micros = excluded.returned_micros, "
          "units_sold_micros = excluded.units_sold_micros, "
          "units_returned_micros = excluded.units_returned_micros",
          customer, summary.first_order_time, summary.last_order_time, f.order_count,
          summary.order_days, f.return_count, f.sales_micros, f.returned_micros,
          f.units_sold_micros, f.units_returned_micros)
      .Run();
}

}  // namespace

absl::StatusOr<PurchaseSummary> Load(Snapshot& db, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(
      auto row, db.Sql("SELECT first_order_time, last_order_time, order_days, order_count, "
                       "return_count, sales_micros, returned_micros, units_sold_micros, "
                       "units_returned_micros FROM purchase_summary WHERE customer = ?",
                       customer)
                    .First<std::optional<absl::Time>, std::optional<absl::Time>, int64_t, int64_t,
                           int64_t, int64_t, int64_t, int64_t, int64_t>());
  if (!row) return PurchaseSummary{};
  const auto& [first, last, days, orders, returns, sales, returned, sold, back] = *row;
  return PurchaseSummary{first, last, days, {orders, returns, sales, returned, sold, back}};
}

absl::StatusOr<Plan> PlanMove(Snapshot& db, int64_t customer, const Difference& difference) {
  const auto& [before, after] = difference;
  const PurchaseFigures* gone = before ? &before->figures : nullptr;
  const PurchaseFigures* come = after ? &after->figures : nullptr;
  Plan plan{.customer = customer, .difference = difference};
  if (before == after) return plan;
  ABSL_ASSIGN_OR_RETURN(plan.summary, Load(db, customer));
  ABSL_RETURN_IF_ERROR(Apply(gone, come, plan.summary.figures));
  if (before && after && before->day == after->day) {
    ABSL_RETURN_IF_ERROR(PlanDay(db, before->day, gone, come, plan));
    return plan;
  }
  if (before) ABSL_RETURN_IF_ERROR(PlanDay(db, before->day, gone, nullptr, plan));
  if (after) ABSL_RETURN_IF_ERROR(PlanDay(db, after->day, nullptr, come, plan));
  return plan;
}

absl::Status Move(Transaction& tx, Plan plan) {
  if (plan.difference.before == plan.difference.after) return absl::OkStatus();
  for (const auto& [day, figures] : plan.days) {
    ABSL_RETURN_IF_ERROR(SaveDay(tx, plan.customer, day, figures));
  }
  ABSL_RETURN_IF_ERROR(MoveEdges(tx, plan.customer, plan.difference, plan.summary));
  return Save(tx, plan.customer, plan.summary);
}

absl::Status Forget(Transaction& tx, int64_t customer) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM purchase_summary WHERE customer = ?", customer).Run());
  return tx.Sql("DELETE FROM purchase_day WHERE customer = ?", customer).Run();
}

}  // namespace regulars::customer::purchases
