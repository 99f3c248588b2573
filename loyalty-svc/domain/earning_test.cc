#include "loyalty-svc/domain/earning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "chassis/testing/status_matchers.h"

namespace regulars::loyalty {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;

constexpr int64_t kUnit = 1'000'000;
const absl::Time kNoon = absl::FromUnixSeconds(1'600'000'000);

OrderLine Sale(const std::string& id, int64_t amount, LineKind kind = LineKind::kProduct) {
  return {.line_id = id, .kind = kind, .quantity_micros = kUnit, .amount_micros = amount};
}

OrderLine Return(int64_t quantity, int64_t amount, std::vector<SoldPart> links = {},
                 LineKind kind = LineKind::kProduct) {
  return {.is_sale = false,
          .kind = kind,
          .quantity_micros = quantity,
          .amount_micros = amount,
          .links = std::move(links)};
}

OrderFacts Order(std::vector<OrderLine> lines) {
  return {.order_time = kNoon, .lines = std::move(lines)};
}

TEST(PointsForTest, Rounds) {
  struct Case {
    const char* name;
    int64_t points_per_step;
    int64_t step;
    int64_t amount;
    int64_t down, half_up, up;
  };
  // Worked out by hand.
  const Case cases[] = {
      {"whole", 1, kUnit, 3 * kUnit, 3, 3, 3},
      {"less than half", 1, kUnit, 3'499'999, 3, 3, 4},
      {"half", 1, kUnit, 3'500'000, 3, 4, 4},
      {"a millionth too little", 1, kUnit, 2'999'999, 2, 3, 3},
      {"two for each 5.00, in proportion", 2, 5 * kUnit, 7'490'000, 2, 3, 3},
      {"three for each 2.00", 3, 2 * kUnit, kUnit, 1, 2, 2},
      {"a millionth earns", 1, 1, 7, 7, 7, 7},
      {"nothing", 1, kUnit, 0, 0, 0, 0},
      {"less than nothing", 1, kUnit, -kUnit, 0, 0, 0},
      {"no points", 0, kUnit, kUnit, 0, 0, 0},
      {"more than an order may earn", kMaxPointsPerStep, 1, INT64_MAX, kMaxOrderPoints,
       kMaxOrderPoints, kMaxOrderPoints},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const EarningRule rule{.points_per_step = c.points_per_step, .step_amount_micros = c.step};
    EXPECT_EQ(PointsFor(rule, c.amount, Rounding::kDown), c.down);
    EXPECT_EQ(PointsFor(rule, c.amount, Rounding::kHalfUp), c.half_up);
    EXPECT_EQ(PointsFor(rule, c.amount, Rounding::kUp), c.up);
  }
}

TEST(AssessTest, CountsWhatTheRuleCounts) {
  const OrderFacts order = Order({Sale("a", 10 * kUnit), Sale("b", 5'500'000),
                                  Sale("post", 4 * kUnit, LineKind::kCharge),
                                  Sale("voucher", -2 * kUnit, LineKind::kCharge)});
  struct Case {
    const char* name;
    EarningRule rule;
    int64_t points;
  };
  const Case cases[] = {
      {"products", {}, 15},
      {"charges too", {.counted_lines = CountedLines::kProductsAndCharges}, 17},
      {"rounded once an order, not a line", {.rounding = Rounding::kUp}, 16},
      {"just the minimum", {.minimum_amount_micros = 15'500'000}, 15},
      {"below the minimum", {.minimum_amount_micros = 15'500'001}, 0},
      {"the window begins now", {.start_time = kNoon}, 15},
      {"it begins later", {.start_time = kNoon + absl::Microseconds(1)}, 0},
      {"it ends later", {.end_time = kNoon + absl::Microseconds(1)}, 15},
      {"it ends now", {.end_time = kNoon}, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Assessment assessment = Assess(c.rule, order);
    EXPECT_EQ(assessment.earned_points, c.points);
    EXPECT_EQ(assessment.unlinked_points, 0);
    EXPECT_EQ(assessment.counted.empty(), c.points == 0);
  }
  EXPECT_THAT(Assess({}, order).counted,
              ElementsAre(CountedLine{"a", kUnit, 10 * kUnit}, CountedLine{"b", kUnit, 5'500'000}));
}

TEST(AssessTest, ReturnsWithoutASaleTakeByTheRule) {
  struct Case {
    const char* name;
    EarningRule rule;
    OrderLine line;
    int64_t unlinked;
  };
  const Case cases[] = {
      {"rounded down", {.rounding = Rounding::kUp}, Return(kUnit, 2'900'000), 2},
      {"a minimum saves nobody",
       {.minimum_amount_micros = 100 * kUnit},
       Return(kUnit, 3 * kUnit),
       3},
      {"what is linked counts elsewhere",
       {},
       Return(4 * kUnit, 10 * kUnit, {{"o", "l", kUnit}}),
       7},
      {"all of it is linked", {}, Return(kUnit, 10 * kUnit, {{"o", "l", kUnit}}), 0},
      {"charges do not count", {}, Return(kUnit, 3 * kUnit, {}, LineKind::kCharge), 0},
      {"before the window", {.start_time = kNoon + absl::Hours(1)}, Return(kUnit, kUnit), 0},
      {"as it begins", {.start_time = kNoon}, Return(kUnit, kUnit), 1},
      {"just before it ends", {.end_time = kNoon + absl::Microseconds(1)}, Return(kUnit, kUnit), 1},
      {"as it ends", {.end_time = kNoon}, Return(kUnit, kUnit), 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Assess(c.rule, Order({c.line})).unlinked_points, c.unlinked);
  }
}

TEST(AssessTest, GathersLinks) {
  const OrderFacts order =
      Order({Return(3 * kUnit, 3 * kUnit, {{"o2", "x", kUnit}, {"o1", "x", kUnit}}),
             Return(kUnit, kUnit, {{"o1", "x", kUnit}})});
  EXPECT_THAT(Assess({}, order).links,
              ElementsAre(SoldPart{"o1", "x", 2 * kUnit}, SoldPart{"o2", "x", kUnit}));
}

TEST(AssessTest, CancelledComesToNothing) {
  OrderFacts order = Order({Sale("a", kUnit), Return(kUnit, kUnit, {{"o", "x", kUnit}})});
  order.is_cancelled = true;
  const Assessment assessment = Assess({}, order);
  EXPECT_EQ(assessment.earned_points, 0);
  EXPECT_EQ(assessment.unlinked_points, 0);
  EXPECT_THAT(assessment.links, IsEmpty());
}

TEST(PointsTakenBackTest, IsInProportionAndRoundedDownOnce) {
  // 10.00 and 20.00 earned 7 points.
  const std::vector<CountedLine> counted = {{"a", 4 * kUnit, 10 * kUnit},
                                            {"b", 2 * kUnit, 20 * kUnit}};
  struct Case {
    const char* name;
    std::vector<ReturnedLine> returned;
    int64_t points;
  };
  const Case cases[] = {
      {"nothing", {}, 0},
      {"a quarter of a: 2.50 of 30.00", {{"a", kUnit}}, 0},
      {"all of a: 10.00 of 30.00", {{"a", 4 * kUnit}}, 2},
      {"all of b: 20.00 of 30.00", {{"b", 2 * kUnit}}, 4},
      {"half of b, by two returns", {{"b", kUnit / 2}, {"b", kUnit / 2}}, 2},
      {"everything", {{"a", 4 * kUnit}, {"b", 2 * kUnit}}, 7},
      {"more than was sold", {{"a", 9 * kUnit}, {"b", 9 * kUnit}}, 7},
      {"a line that earned nothing", {{"postage", kUnit}}, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(PointsTakenBack(7, counted, c.returned), c.points);
  }
}

TEST(PointsTakenBackTest, EverythingReturnedTakesExactlyWhatWasEarned) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    OrderFacts order = Order({});
    std::vector<ReturnedLine> returned;
    for (int i = 0; i < 5; ++i) {
      const std::string id(1, static_cast<char>('a' + i));
      order.lines.push_back(Sale(id, static_cast<int64_t>(random() % 9'999'999)));
      order.lines.back().quantity_micros = 1 + static_cast<int64_t>(random() % 7'000'000);
      returned.push_back({id, order.lines.back().quantity_micros});
    }
    const EarningRule rule{.points_per_step = 1 + static_cast<int64_t>(random() % 5),
                           .rounding = static_cast<Rounding>(1 + random() % 3)};
    const Assessment assessment = Assess(rule, order);
    const auto taken = [&] {
      return PointsTakenBack(assessment.earned_points, assessment.counted, returned);
    };
    EXPECT_EQ(taken(), assessment.earned_points);
    // Less returned takes no more.
    returned.pop_back();
    EXPECT_LE(taken(), assessment.earned_points);
    EXPECT_GE(taken(), 0);
  }
}

TEST(CheckEarningRuleTest, Refuses) {
  EXPECT_OK(CheckEarningRule({}));
  struct Case {
    EarningRule rule;
    const char* reason;
  };
  const Case cases[] = {
      {{.points_per_step = -1}, "INVALID_POINTS"},
      {{.points_per_step = kMaxPointsPerStep + 1}, "INVALID_POINTS"},
      {{.step_amount_micros = 0}, "INVALID_STEP_AMOUNT"},
      {{.step_amount_micros = kMaxStepAmountMicros + 1}, "INVALID_STEP_AMOUNT"},
      {{.minimum_amount_micros = -1}, "INVALID_MINIMUM_AMOUNT"},
      {{.minimum_amount_micros = kMaxMinimumAmountMicros + 1}, "INVALID_MINIMUM_AMOUNT"},
      {{.start_time = kNoon, .end_time = kNoon}, "INVALID_WINDOW"},
  };
  for (const Case& c : cases) EXPECT_THAT(CheckEarningRule(c.rule), HasReason(c.reason));
}

}  // namespace
}  // namespace regulars::loyalty
