#include "customer-svc/domain/purchases.h"

#include "chassis/base/money.h"

namespace regulars::customer {
namespace {

bool Move(int64_t& sum, int64_t value, int sign) {
  return sign > 0 ? !__builtin_add_overflow(sum, value, &sum)
                  : !__builtin_sub_overflow(sum, value, &sum);
}

bool SumMayMove(int64_t before, int64_t after) {
  if (after >= -kMaxFiguresMicros && after <= kMaxFiguresMicros) return true;
  return after < 0 ? after >= before : after <= before;
}

}  // namespace

int64_t PurchaseFigures::revenue_micros() const {
  return NearestInt64(static_cast<__int128>(sales_micros) - returned_micros);
}

bool MayMove(const PurchaseFigures& before, const PurchaseFigures& after) {
  return SumMayMove(before.sales_micros, after.sales_micros) &&
         SumMayMove(before.returned_micros, after.returned_micros) &&
         SumMayMove(before.units_sold_micros, after.units_sold_micros) &&
         SumMayMove(before.units_returned_micros, after.units_returned_micros);
}

bool AddFigures(PurchaseFigures& figures, const PurchaseFigures& more, int sign) {
  return Move(figures.order_count, more.order_count, sign) &&
         Move(figures.return_count, more.return_count, sign) &&
         Move(figures.sales_micros, more.sales_micros, sign) &&
         Move(figures.returned_micros, more.returned_micros, sign) &&
         Move(figures.units_sold_micros, more.units_sold_micros, sign) &&
         Move(figures.units_returned_micros, more.units_returned_micros, sign);
}

std::optional<Purchase> PurchaseOf(const Order& order, const OrderFigures& figures,
                                   const CompanySettings& settings) {
  if (!order.buyer || order.state != OrderState::kRecorded) return std::nullopt;
  return Purchase{.time = order.order_time,
                  .day = ToDayNumber(settings.DayOf(order.order_time)),
                  .figures = {.order_count = figures.sale_lines > 0 ? 1 : 0,
                              .return_count = figures.return_lines > 0 ? 1 : 0,
                              .sales_micros = figures.base_totals.sales_micros,
                              .returned_micros = figures.base_totals.returned_micros,
                              .units_sold_micros = figures.units_sold_micros,
                              .units_returned_micros = figures.units_returned_micros}};
}

}  // namespace regulars::customer
