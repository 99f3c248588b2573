// RFM: recency, frequency and monetary value (Hughes 1994), scored from 1 (worst) to 5 (best) by
// how many customers are worse:
//
//   score = 1 + ⌊5 × (customers strictly worse) / N⌋
//
//   const RfmScales scales = MakeScales(figures);      // The figures of all N customers.
//   const RfmScores scores = scales.Score(figures[0]);
//
// Pure functions over whole numbers.
#ifndef CUSTOMER_SVC_DOMAIN_RFM_H_
#define CUSTOMER_SVC_DOMAIN_RFM_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace regulars::customer {

// What a customer with an order is scored by.
struct RfmFigures {
  // Days from the last order's day to the day of the scoring; fewer are better.
  int64_t recency_days = 0;
  // Distinct days with an order; more are better.
  int64_t order_days = 0;
  // Net of returns, may be negative; more is better.
  int64_t revenue_micros = 0;

  friend bool operator==(const RfmFigures&, const RfmFigures&) = default;
};

// Each 1 to 5.
struct RfmScores {
  int64_t recency = 0;
  int64_t frequency = 0;
  int64_t monetary = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 finds the 0 that the compiler writes.
  friend auto operator<=>(const RfmScores&, const RfmScores&) = default;
};

// Knows the score of each value that it was made of.
class ScoreScale {
 public:
  // `values` of all customers; greater is better.
  explicit ScoreScale(std::vector<int64_t> values);

  // `value` must be one of them.
  int64_t Score(int64_t value) const;

 private:
  // For each score from 2 on that is reached, the least value with it or a higher one.
  std::vector<int64_t> bounds_;
};

struct RfmScales {
  ScoreScale recency;
  ScoreScale frequency;
  ScoreScale monetary;

  RfmScores Score(const RfmFigures& figures) const;
};

RfmScales MakeScales(absl::Span<const RfmFigures> customers);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_RFM_H_
