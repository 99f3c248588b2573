// What an order earns by the rule, and what returns take back. README.md states the arithmetic in
// words.
//
//   const Assessment assessment = Assess(rule, order);
//   assessment.earned_points − PointsTakenBack(assessment, returned) − assessment.unlinked_points
//     →  what should stand in the ledger for this receipt
//
// Pure and thread-safe.
#ifndef LOYALTY_SVC_DOMAIN_EARNING_H_
#define LOYALTY_SVC_DOMAIN_EARNING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace regulars::loyalty {

// No order earns more. Sums of points have limits of their own: domain/ledger.h.
inline constexpr int64_t kMaxOrderPoints = 1'000'000'000'000'000;
inline constexpr int64_t kMaxPointsPerStep = 1'000'000;
inline constexpr int64_t kMaxStepAmountMicros = 1'000'000'000'000;
inline constexpr int64_t kMaxMinimumAmountMicros = 1'000'000'000'000'000;

// Numbers are stored, and equal those of the public interface.
enum class LineKind : int64_t { kProduct = 1, kCharge = 2 };
enum class CountedLines : int64_t { kProducts = 1, kProductsAndCharges = 2 };
enum class Rounding : int64_t { kDown = 1, kHalfUp = 2, kUp = 3 };

struct EarningRule {
  int64_t points_per_step = 1;
  int64_t step_amount_micros = 1'000'000;
  CountedLines counted_lines = CountedLines::kProducts;
  Rounding rounding = Rounding::kDown;
  int64_t minimum_amount_micros = 0;
  std::optional<absl::Time> start_time;
  std::optional<absl::Time> end_time;

  bool Counts(LineKind kind) const {
    return kind == LineKind::kProduct || counted_lines == CountedLines::kProductsAndCharges;
  }
  bool Covers(absl::Time time) const {
    return (!start_time || time >= *start_time) && (!end_time || time < *end_time);
  }
  friend bool operator==(const EarningRule&, const EarningRule&) = default;
};

// A rule as it holds for orders from `effective_time` on.
struct RuleRevision {
  EarningRule rule;
  int64_t revision = 1;
  // InfinitePast for the first.
  absl::Time effective_time = absl::InfinitePast();
  // Unset for the one that was there from the start.
  std::optional<absl::Time> update_time;
};

// INVALID_ARGUMENT with the field at fault.
absl::Status CheckEarningRule(const EarningRule& rule);

// amount × points_per_step / step_amount, rounded; at most kMaxOrderPoints, 0 for what is not
// positive. Minimum and window are not looked at.
int64_t PointsFor(const EarningRule& rule, int64_t amount_micros, Rounding rounding);

// Part of a sold line that a return took back.
struct SoldPart {
  std::string order_id;
  std::string line_id;
  int64_t quantity_micros = 0;

  friend bool operator==(const SoldPart&, const SoldPart&) = default;
};

struct OrderLine {
  std::string line_id;
  bool is_sale = true;
  LineKind kind = LineKind::kProduct;
  int64_t quantity_micros = 0;
  // In the base currency; positive for returns too.
  int64_t amount_micros = 0;
  // For returns: what they are known to take back.
  std::vector<SoldPart> links;
};

// A receipt as customer-svc tells of it.
struct OrderFacts {
  std::string order_id;
  // The receipt's natural key, for ever.
  std::string source;
  std::string receipt_number;
  // Empty if unknown.
  std::string customer_id;
  absl::Time order_time;
  std::string store;
  std::string base_currency;
  bool is_cancelled = false;
  std::vector<OrderLine> lines;

  // Whether something was sold.
  bool HasSale() const;
};

// A sold line whose return takes points back.
struct CountedLine {
  std::string line_id;
  int64_t quantity_micros = 0;
  // More than 0.
  int64_t amount_micros = 0;

  friend bool operator==(const CountedLine&, const CountedLine&) = default;
};

struct Assessment {
  // What the receipt's sales earn.
  int64_t earned_points = 0;
  // The sold lines that the earned points belong to; none if nothing was earned.
  std::vector<CountedLine> counted;
  // What the receipt's returns without a sold line take.
  int64_t unlinked_points = 0;
  // What its other returns take back, elsewhere.
  std::vector<SoldPart> links;
};

// A cancelled order comes to nothing.
Assessment Assess(const EarningRule& rule, const OrderFacts& order);

// A line of the receipt, and how much of it was taken back by all returns.
struct ReturnedLine {
  std::string line_id;
  int64_t quantity_micros = 0;
};

// What of `earned` goes when these were taken back: in proportion to the amounts of the counted
// lines, rounded down once over all of them, so that in the end exactly what was earned has gone.
int64_t PointsTakenBack(int64_t earned, absl::Span<const CountedLine> counted,
                        absl::Span<const ReturnedLine> returned);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_EARNING_H_
