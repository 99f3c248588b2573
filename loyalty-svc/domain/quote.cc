#include "loyalty-svc/domain/quote.h"

#include <algorithm>

namespace regulars::loyalty {
namespace {

Earning WhyEarned(const EarningRule& rule, const Payer& payer, absl::Time time, int64_t eligible) {
  if (payer.is_closed) return Earning::kMemberClosed;
  if (!rule.Covers(time) || time < payer.counted_from) return Earning::kOutsideWindow;
  return eligible < rule.minimum_amount_micros ? Earning::kBelowMinimum : Earning::kCounted;
}

void AddPayment(const PointsPayment& payment, const Payer& payer, Quote& quote) {
  const __int128 payable = static_cast<__int128>(std::max<int64_t>(quote.basket_micros, 0)) *
                           payment.max_basket_percent / 100;
  const auto by_basket = static_cast<int64_t>(payable / payment.point_value_micros);
  const int64_t by_balance = payer.is_closed ? 0 : std::max<int64_t>(payer.points, 0);
  quote.limit = by_balance <= by_basket ? PaymentLimit::kBalance : PaymentLimit::kBasket;
  const int64_t most = std::min(by_balance, by_basket);
  const int64_t in_steps = most - most % payment.step_points;
  if (in_steps >= payment.min_points) {
    quote.max_points_payable = in_steps;
  } else if (most > 0) {
    quote.limit = PaymentLimit::kMinPoints;
  }
  // Not more than the basket, so it fits.
  quote.max_payable_micros = quote.max_points_payable * payment.point_value_micros;
}

}  // namespace

Quote MakeQuote(const Programme& programme, const EarningRule& rule,
                absl::Span<const BasketLine> basket, const Payer& payer, absl::Time time) {
  Quote quote;
  for (const BasketLine& line : basket) {
    quote.basket_micros += line.amount_micros;
    if (rule.Counts(line.kind)) quote.eligible_micros += line.amount_micros;
  }
  quote.earning = WhyEarned(rule, payer, time, quote.eligible_micros);
  if (quote.earning == Earning::kCounted) {
    quote.points_to_earn = PointsFor(rule, quote.eligible_micros, rule.rounding);
  }
  quote.missing_micros = std::max<int64_t>(rule.minimum_amount_micros - quote.eligible_micros, 0);
  if (quote.earning != Earning::kBelowMinimum) quote.missing_micros = 0;
  AddPayment(programme.payment, payer, quote);
  return quote;
}

}  // namespace regulars::loyalty
