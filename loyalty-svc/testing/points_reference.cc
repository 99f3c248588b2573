#include "loyalty-svc/testing/points_reference.h"

namespace regulars::loyalty {
namespace {

using Wide = __int128;

bool Counts(const EarningRule& rule, const OrderLine& line) {
  if (rule.counted_lines == CountedLines::kProductsAndCharges) return true;
  return line.kind == LineKind::kProduct;
}

bool InWindow(const EarningRule& rule, absl::Time time) {
  if (rule.start_time.has_value() && time < rule.start_time.value()) return false;
  if (rule.end_time.has_value() && time >= rule.end_time.value()) return false;
  return true;
}

Wide HalfToEven(Wide numerator, Wide denominator) {
  const bool negative = numerator < 0;
  if (negative) numerator = -numerator;
  Wide quotient = numerator / denominator;
  const Wide rest = numerator - quotient * denominator;
  if (rest + rest > denominator || (rest + rest == denominator && quotient % 2 == 1)) ++quotient;
  return negative ? -quotient : quotient;
}

Wide Earned(const EarningRule& rule, const OrderFacts& order) {
  if (order.is_cancelled || !InWindow(rule, order.order_time)) return 0;
  Wide eligible = 0;
  for (const OrderLine& line : order.lines) {
    if (line.is_sale && Counts(rule, line)) eligible += line.amount_micros;
  }
  if (eligible <= 0 || eligible < rule.minimum_amount_micros) return 0;
  const Wide numerator = eligible * rule.points_per_step;
  const Wide step = rule.step_amount_micros;
  if (rule.rounding == Rounding::kUp) return (numerator + step - 1) / step;
  if (rule.rounding == Rounding::kHalfUp) return (2 * numerator + step) / (2 * step);
  return numerator / step;
}

// How much of a line of a receipt all returns took back.
Wide ReturnedQuantity(const KnownOrders& orders, const std::string& receipt,
                      const std::string& line_id) {
  Wide quantity = 0;
  for (const auto& [number, other] : orders.by_receipt) {
    if (other.is_cancelled) continue;
    for (const OrderLine& line : other.lines) {
      if (line.is_sale) continue;
      for (const SoldPart& part : line.links) {
        const auto sold = orders.receipt_of.find(part.order_id);
        if (sold == orders.receipt_of.end() || sold->second != receipt) continue;
        if (part.line_id == line_id) quantity += part.quantity_micros;
      }
    }
  }
  return quantity;
}

Wide TakenBack(const EarningRule& rule, const KnownOrders& orders, const std::string& receipt) {
  const OrderFacts& order = orders.by_receipt.at(receipt);
  Wide sold = 0;
  Wide returned = 0;
  for (const OrderLine& line : order.lines) {
    if (!line.is_sale || !Counts(rule, line) || line.amount_micros <= 0) continue;
    sold += line.amount_micros;
    const Wide quantity = ReturnedQuantity(orders, receipt, line.line_id);
    returned += quantity >= line.quantity_micros
                    ? Wide{line.amount_micros}
                    : HalfToEven(line.amount_micros * quantity, line.quantity_micros);
  }
  return sold == 0 ? 0 : Earned(rule, order) * returned / sold;
}

Wide Unlinked(const EarningRule& rule, const OrderFacts& order) {
  if (order.is_cancelled || !InWindow(rule, order.order_time)) return 0;
  Wide amount = 0;
  for (const OrderLine& line : order.lines) {
    if (line.is_sale || !Counts(rule, line)) continue;
    Wide left = line.quantity_micros;
    for (const SoldPart& part : line.links) left -= part.quantity_micros;
    if (left > 0) amount += HalfToEven(line.amount_micros * left, line.quantity_micros);
  }
  return amount <= 0 ? 0 : amount * rule.points_per_step / rule.step_amount_micros;
}

}  // namespace

std::map<std::string, int64_t> ExpectedPoints(const EarningRule& rule, const KnownOrders& orders) {
  std::map<std::string, int64_t> points;
  for (const auto& [receipt, order] : orders.by_receipt) {
    if (order.customer_id.empty()) continue;
    points[order.customer_id] += static_cast<int64_t>(
        Earned(rule, order) - TakenBack(rule, orders, receipt) - Unlinked(rule, order));
  }
  return points;
}

}  // namespace regulars::loyalty
