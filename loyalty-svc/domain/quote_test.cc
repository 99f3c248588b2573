#include "loyalty-svc/domain/quote.h"

#include <gtest/gtest.h>

namespace regulars::loyalty {
namespace {

constexpr int64_t kUnit = 1'000'000;
const absl::Time kNoon = absl::FromUnixSeconds(1'600'000'000);
const std::vector<BasketLine> kBasket = {{LineKind::kProduct, 30 * kUnit},
                                         {LineKind::kProduct, 15'900'000},
                                         {LineKind::kCharge, 4 * kUnit}};

TEST(QuoteTest, PointsToEarn) {
  struct Case {
    const char* name;
    EarningRule rule;
    Payer payer;
    int64_t points;
    Earning earning;
    int64_t missing;
  };
  const Case cases[] = {
      {"products", {}, {}, 45, Earning::kCounted, 0},
      {"charges too",
       {.counted_lines = CountedLines::kProductsAndCharges},
       {},
       49,
       Earning::kCounted,
       0},
      {"below the minimum",
       {.minimum_amount_micros = 50 * kUnit},
       {},
       0,
       Earning::kBelowMinimum,
       4'100'000},
      {"after the end", {.end_time = kNoon}, {}, 0, Earning::kOutsideWindow, 0},
      {"before they count",
       {},
       {.counted_from = kNoon + absl::Seconds(1)},
       0,
       Earning::kOutsideWindow,
       0},
      {"closed", {}, {.is_closed = true}, 0, Earning::kMemberClosed, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Quote quote = MakeQuote({}, c.rule, kBasket, c.payer, kNoon);
    EXPECT_EQ(quote.points_to_earn, c.points);
    EXPECT_EQ(quote.earning, c.earning);
    EXPECT_EQ(quote.missing_micros, c.missing);
    EXPECT_EQ(quote.basket_micros, 49'900'000);
  }
}

TEST(QuoteTest, MostPointsPayable) {
  struct Case {
    const char* name;
    PointsPayment payment;
    int64_t balance;
    int64_t points;
    int64_t worth;
    PaymentLimit limit;
  };
  // The basket comes to 49.90; worked out by hand.
  const Case cases[] = {
      {"all of the balance", {}, 1234, 1234, 12'340'000, PaymentLimit::kBalance},
      {"all of the basket", {}, 10'000, 4990, 49'900'000, PaymentLimit::kBasket},
      {"half of the basket",
       {.max_basket_percent = 50},
       10'000,
       2495,
       24'950'000,
       PaymentLimit::kBasket},
      {"a point that fits no longer",
       {.point_value_micros = 20'000'000},
       5,
       2,
       40'000'000,
       PaymentLimit::kBasket},
      {"in steps", {.step_points = 500}, 1234, 1000, 10'000'000, PaymentLimit::kBalance},
      {"less than a step", {.step_points = 500}, 499, 0, 0, PaymentLimit::kMinPoints},
      {"just enough", {.min_points = 1234}, 1234, 1234, 12'340'000, PaymentLimit::kBalance},
      {"less than the least", {.min_points = 1235}, 1234, 0, 0, PaymentLimit::kMinPoints},
      {"none", {}, 0, 0, 0, PaymentLimit::kBalance},
      {"owed", {}, -7, 0, 0, PaymentLimit::kBalance},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Quote quote =
        MakeQuote({.payment = c.payment}, {}, kBasket, {.points = c.balance}, kNoon);
    EXPECT_EQ(quote.max_points_payable, c.points);
    EXPECT_EQ(quote.max_payable_micros, c.worth);
    EXPECT_EQ(quote.limit, c.limit);
  }
}

TEST(QuoteTest, ABasketThatIsWorthNothing) {
  const std::vector<BasketLine> basket = {{LineKind::kProduct, kUnit},
                                          {LineKind::kCharge, -2 * kUnit}};
  const Quote quote = MakeQuote({}, {.counted_lines = CountedLines::kProductsAndCharges}, basket,
                                {.points = 100}, kNoon);
  EXPECT_EQ(quote.points_to_earn, 0);
  EXPECT_EQ(quote.max_points_payable, 0);
  EXPECT_EQ(quote.limit, PaymentLimit::kBasket);
}

}  // namespace
}  // namespace regulars::loyalty
