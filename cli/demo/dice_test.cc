// Draws: the distributions that they claim to be, and the same for the same seed.
#include "cli/demo/dice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace regulars::demo {
namespace {

constexpr int kDraws = 100'000;

double Mean(const std::function<double(Dice&)>& draw) {
  Dice dice(7, 1, 2);
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) sum += draw(dice);
  return sum / kDraws;
}

TEST(DiceTest, TheSameForTheSameSeedPurposeAndIndex) {
  const auto draw = [](uint64_t seed, uint64_t purpose, uint64_t index) {
    Dice dice(seed, purpose, index);
    std::vector<int64_t> drawn;
    for (int i = 0; i < 8; ++i) drawn.push_back(dice.Below(1'000'000));
    return drawn;
  };
  EXPECT_EQ(draw(1, 2, 3), draw(1, 2, 3));
  EXPECT_NE(draw(1, 2, 3), draw(2, 2, 3));
  EXPECT_NE(draw(1, 2, 3), draw(1, 3, 3));
  EXPECT_NE(draw(1, 2, 3), draw(1, 2, 4));
  EXPECT_NE(draw(1, 2, 3), draw(1, 3, 2));
}

TEST(DiceTest, HasTheMeansOfItsDistributions) {
  EXPECT_NEAR(Mean([](Dice& d) { return static_cast<double>(d.Below(11)); }), 5, 0.05);
  EXPECT_NEAR(Mean([](Dice& d) { return d.Unit(); }), 0.5, 0.005);
  EXPECT_NEAR(Mean([](Dice& d) { return d.Exponential(4); }), 0.25, 0.005);
  EXPECT_NEAR(Mean([](Dice& d) { return d.Gamma(3, 2); }), 1.5, 0.02);
  EXPECT_NEAR(Mean([](Dice& d) { return d.Gamma(0.243, 4.414); }), 0.243 / 4.414, 0.002);
  EXPECT_NEAR(Mean([](Dice& d) { return d.Beta(0.793, 2.426); }), 0.793 / (0.793 + 2.426), 0.005);
  EXPECT_NEAR(Mean([](Dice& d) { return d.Chance(300) ? 1.0 : 0.0; }), 0.3, 0.006);
}

TEST(DiceTest, HasTheVarianceOfGamma) {
  // shape / rate²
  const double square = Mean([](Dice& d) {
    const double x = d.Gamma(0.5, 2) - 0.25;
    return x * x;
  });
  EXPECT_NEAR(square, 0.125, 0.005);
}

TEST(DiceTest, DrawsByWeight) {
  Dice dice(1, 1, 1);
  std::vector<int> drawn(4);
  for (int i = 0; i < kDraws; ++i) ++drawn[dice.Weighted({1, 0, 2, 1})];
  EXPECT_NEAR(drawn[0], kDraws / 4, 600);
  EXPECT_EQ(drawn[1], 0);
  EXPECT_NEAR(drawn[2], kDraws / 2, 700);
  EXPECT_NEAR(drawn[3], kDraws / 4, 600);
}

}  // namespace
}  // namespace regulars::demo
