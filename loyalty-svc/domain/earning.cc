#include "loyalty-svc/domain/earning.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "chassis/base/errors.h"
#include "chassis/base/money.h"

namespace regulars::loyalty {
namespace {

// Sums of amounts: 2,000 lines of 64 bits fit well.
using Wide = __int128;

int64_t ToNarrow(Wide sum) {
  constexpr Wide kMax = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp<Wide>(sum, -kMax, kMax));
}

// The part of `amount` that `quantity` of `whole` stands for.
int64_t PartOf(int64_t amount, int64_t quantity, int64_t whole) {
  if (whole <= 0 || quantity >= whole) return amount;
  // A part of a 64-bit number is one.
  return MultiplyDivide(amount, quantity, whole).value_or(amount);
}

void AssessSales(const EarningRule& rule, const OrderFacts& order, Assessment& assessment) {
  Wide eligible = 0;
  for (const OrderLine& line : order.lines) {
    if (!line.is_sale || !rule.Counts(line.kind)) continue;
    eligible += line.amount_micros;
    if (line.amount_micros <= 0) continue;
    assessment.counted.push_back({line.line_id, line.quantity_micros, line.amount_micros});
  }
  if (eligible >= rule.minimum_amount_micros) {
    assessment.earned_points = PointsFor(rule, ToNarrow(eligible), rule.rounding);
  }
  if (assessment.earned_points == 0) assessment.counted.clear();
}

void AssessReturns(const EarningRule& rule, const OrderFacts& order, Assessment& assessment) {
  Wide unlinked = 0;
  std::map<std::pair<std::string, std::string>, int64_t> links;
  for (const OrderLine& line : order.lines) {
    if (line.is_sale) continue;
    int64_t left = line.quantity_micros;
    for (const SoldPart& part : line.links) {
      left -= part.quantity_micros;
      links[{part.order_id, part.line_id}] += part.quantity_micros;
    }
    if (left <= 0 || !rule.Counts(line.kind)) continue;
    unlinked += PartOf(line.amount_micros, left, line.quantity_micros);
  }
  assessment.unlinked_points = PointsFor(rule, ToNarrow(unlinked), Rounding::kDown);
  for (const auto& [sold, quantity] : links) {
    assessment.links.push_back({sold.first, sold.second, quantity});
  }
}

}  // namespace

absl::Status CheckEarningRule(const EarningRule& rule) {
  if (rule.points_per_step < 0 || rule.points_per_step > kMaxPointsPerStep) {
    return FieldError("points_per_step", "INVALID_POINTS", "must be from 0 to 1000000");
  }
  if (rule.step_amount_micros < 1 || rule.step_amount_micros > kMaxStepAmountMicros) {
    return FieldError("step_amount_micros", "INVALID_STEP_AMOUNT",
                      "must be from 1 to 1000000000000");
  }
  if (rule.minimum_amount_micros < 0 || rule.minimum_amount_micros > kMaxMinimumAmountMicros) {
    return FieldError("minimum_amount_micros", "INVALID_MINIMUM_AMOUNT",
                      "must be from 0 to 1000000000000000");
  }
  if (rule.start_time && rule.end_time && *rule.end_time <= *rule.start_time) {
    return FieldError("end_time", "INVALID_WINDOW", "must be after start_time");
  }
  return absl::OkStatus();
}

int64_t PointsFor(const EarningRule& rule, int64_t amount_micros, Rounding rounding) {
  if (amount_micros <= 0) return 0;
  const Wide steps = Wide{amount_micros} * rule.points_per_step;
  const Wide step = rule.step_amount_micros;
  Wide points = steps / step;
  const Wide rest = steps % step;
  if (rounding == Rounding::kUp && rest > 0) ++points;
  if (rounding == Rounding::kHalfUp && rest * 2 >= step) ++points;
  return ToNarrow(std::min<Wide>(points, kMaxOrderPoints));
}

bool OrderFacts::HasSale() const {
  return std::any_of(lines.begin(), lines.end(),
                     [](const OrderLine& line) { return line.is_sale; });
}

Assessment Assess(const EarningRule& rule, const OrderFacts& order) {
  Assessment assessment;
  if (order.is_cancelled) return assessment;
  // What returns take back elsewhere, they do at any time: only what is earned, or taken for want
  // of a sold line, is a matter of the window.
  EarningRule in_effect = rule;
  if (!rule.Covers(order.order_time)) in_effect.points_per_step = 0;
  AssessSales(in_effect, order, assessment);
  AssessReturns(in_effect, order, assessment);
  return assessment;
}

int64_t PointsTakenBack(int64_t earned, absl::Span<const CountedLine> counted,
                        absl::Span<const ReturnedLine> returned) {
  if (earned == 0 || returned.empty()) return 0;
  std::map<absl::string_view, int64_t> quantities;
  for (const ReturnedLine& line : returned) quantities[line.line_id] += line.quantity_micros;
  Wide sold = 0;
  Wide taken = 0;
  for (const CountedLine& line : counted) {
    sold += line.amount_micros;
    const auto found = quantities.find(line.line_id);
    if (found == quantities.end()) continue;
    taken += PartOf(line.amount_micros, found->second, line.quantity_micros);
  }
  return sold == 0 ? 0 : ToNarrow(Wide{earned} * taken / sold);
}

}  // namespace regulars::loyalty
