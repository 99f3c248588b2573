// What points mean for a basket that is still to be paid.
//
//   const Quote quote = MakeQuote(programme, rule, basket, {.points = 1'200}, tx.now());
//
// Pure and thread-safe.
#ifndef LOYALTY_SVC_DOMAIN_QUOTE_H_
#define LOYALTY_SVC_DOMAIN_QUOTE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "loyalty-svc/domain/earning.h"
#include "loyalty-svc/domain/programme.h"

namespace regulars::loyalty {

struct BasketLine {
  LineKind kind = LineKind::kProduct;
  int64_t amount_micros = 0;
};

// Who pays. Somebody unknown has no points and would earn as a new member does.
struct Payer {
  int64_t points = 0;
  bool is_closed = false;
  // Orders before do not count.
  absl::Time counted_from = absl::InfinitePast();
};

// Numbers equal those of the public interface.
enum class Earning { kCounted = 1, kBelowMinimum = 2, kOutsideWindow = 3, kMemberClosed = 4 };
enum class PaymentLimit { kBalance = 1, kBasket = 2, kMinPoints = 3 };

struct Quote {
  int64_t points_to_earn = 0;
  Earning earning = Earning::kCounted;
  int64_t eligible_micros = 0;
  int64_t missing_micros = 0;
  int64_t basket_micros = 0;
  int64_t max_points_payable = 0;
  int64_t max_payable_micros = 0;
  PaymentLimit limit = PaymentLimit::kBalance;
};

// Sums of the lines must fit 64 bits.
Quote MakeQuote(const Programme& programme, const EarningRule& rule,
                absl::Span<const BasketLine> basket, const Payer& payer, absl::Time time);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_QUOTE_H_
