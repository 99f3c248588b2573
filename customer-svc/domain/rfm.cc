#include "customer-svc/domain/rfm.h"

#include <algorithm>
#include <utility>

namespace regulars::customer {
namespace {

constexpr size_t kScores = 5;

template <typename F>
ScoreScale Scale(absl::Span<const RfmFigures> customers, F value) {
  std::vector<int64_t> values;
  values.reserve(customers.size());
  for (const RfmFigures& figures : customers) values.push_back(value(figures));
  return ScoreScale(std::move(values));
}

int64_t Nearness(const RfmFigures& figures) { return -figures.recency_days; }

}  // namespace

ScoreScale::ScoreScale(std::vector<int64_t> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  for (size_t score = 2; score <= kScores; ++score) {
    // 5 × worse / N reaches score - 1 from this many worse customers on. In sorted order a value's
    // first place is the number of those worse.
    const size_t worse = ((score - 1) * n + kScores - 1) / kScores;
    auto bound = values.begin() + static_cast<std::ptrdiff_t>(std::min(worse, n));
    if (bound != values.begin() && bound != values.end() && *(bound - 1) == *bound) {
      bound = std::upper_bound(bound, values.end(), *bound);
    }
    if (bound == values.end()) return;
    bounds_.push_back(*bound);
  }
}

int64_t ScoreScale::Score(int64_t value) const {
  return 1 + (std::upper_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin());
}

RfmScores RfmScales::Score(const RfmFigures& figures) const {
  return {.recency = recency.Score(Nearness(figures)),
          .frequency = frequency.Score(figures.order_days),
          .monetary = monetary.Score(figures.revenue_micros)};
}

RfmScales MakeScales(absl::Span<const RfmFigures> customers) {
  return {.recency = Scale(customers, Nearness),
          .frequency = Scale(customers, [](const RfmFigures& f) { return f.order_days; }),
          .monetary = Scale(customers, [](const RfmFigures& f) { return f.revenue_micros; })};
}

}  // namespace regulars::customer
