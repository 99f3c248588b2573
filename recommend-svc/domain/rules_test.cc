#include "recommend-svc/domain/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::recommend {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RuleCountsTest, FollowTheFormulae) {
  // Whole milk and other vegetables in the Groceries data (Hahsler, Hornik, Reutterer 2006):
  // 9,835 baskets, 2,513 with milk, 1,903 with vegetables, 736 with both. By hand.
  const RuleCounts counts{.pair = 736, .antecedent = 2513, .consequent = 1903, .orders = 9835};
  EXPECT_THAT(counts.support(), ::testing::DoubleNear(0.0748348, 1e-7));
  EXPECT_THAT(counts.confidence(), ::testing::DoubleNear(0.2928770, 1e-7));
  EXPECT_THAT(counts.lift(), ::testing::DoubleNear(1.5136341, 1e-7));
  const RuleCounts even{.pair = 1, .antecedent = 2, .consequent = 2, .orders = 4};
  EXPECT_THAT(even.lift(), DoubleEq(1)) << "two coins";
}

// A quotient that is rounded once is the double nearest to the exact one, as a threshold is.
TEST(RuleCountsTest, MeetThresholdsThatTheyAreExactly) {
  for (const int64_t times : {1, 1000, 100'000}) {
    const RuleCounts counts{
        .pair = 3 * times, .antecedent = 5 * times, .consequent = 4 * times, .orders = 10 * times};
    EXPECT_EQ(counts.lift(), 1.5) << times;
    EXPECT_EQ(counts.confidence(), 0.6) << times;
    EXPECT_EQ(counts.support(), 0.3) << times;
  }
}

std::shared_ptr<const Neighbours> Pairs(std::vector<PairCount> pairs) {
  return std::make_shared<const Neighbours>(std::move(pairs));
}

// A small world: 100 orders; facts by item.
class RankTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<RankedItem>> Find(const std::vector<Antecedent>& antecedents,
                                               size_t count = 10) {
    return Rank(antecedents,
                {.orders = 100,
                 .thresholds = settings_,
                 .excluded = excluded_,
                 .count = count,
                 .max_looked_at = max_looked_at_},
                [this](int64_t item) -> absl::StatusOr<std::optional<CandidateFacts>> {
                  ++loads_;
                  const auto found = facts_.find(item);
                  if (found == facts_.end()) return std::nullopt;
                  return found->second;
                });
  }
  std::vector<int64_t> Items(const std::vector<Antecedent>& antecedents, size_t count = 10) {
    const auto ranked = Find(antecedents, count);
    EXPECT_OK(ranked);
    std::vector<int64_t> items;
    for (const RankedItem& item : *ranked) items.push_back(item.item);
    return items;
  }

  Settings settings_{.min_pair_orders = 2, .min_confidence = 0.1, .min_lift = 1};
  absl::flat_hash_set<int64_t> excluded_;
  std::map<int64_t, CandidateFacts> facts_ = {
      {11, {20, "k"}}, {12, {10, "b"}}, {13, {10, "a"}}, {14, {60, "c"}}, {15, {40, "d"}}};
  size_t max_looked_at_ = 100;
  int loads_ = 0;
};

TEST_F(RankTest, OrdersByConfidenceThenLiftThenCode) {
  const Antecedent antecedent{
      .item = 1, .orders = 10, .neighbours = Pairs({{11, 5}, {12, 5}, {13, 5}, {15, 6}})};
  // 15: .6; the others .5, of which 12 and 13 have twice the lift of 11; "a" before "b".
  EXPECT_THAT(Items({antecedent}), ElementsAre(15, 13, 12, 11));
  EXPECT_THAT(Items({antecedent}, 2), ElementsAre(15, 13));
}

TEST_F(RankTest, LeavesOutWhatIsTooWeak) {
  const Antecedent antecedent{
      .item = 1,
      .orders = 10,
      // 11: one order. 12: confidence .2, lift 2. 14: confidence .5 but lift .83. 16: unknown.
      .neighbours = Pairs({{11, 1}, {12, 2}, {14, 5}, {16, 9}})};
  EXPECT_THAT(Items({antecedent}), ElementsAre(12));
  settings_.min_confidence = 0.21;
  EXPECT_THAT(Items({antecedent}), IsEmpty());
  settings_ = {.min_pair_orders = 1, .min_confidence = 0, .min_lift = 0};
  EXPECT_THAT(Items({antecedent}), ElementsAre(14, 12, 11));
  excluded_ = {14, 11};
  EXPECT_THAT(Items({antecedent}), ElementsAre(12));
}

TEST_F(RankTest, KeepsARuleThatIsJustStrongEnough) {
  facts_ = {{11, {40, "k"}}};
  settings_ = {.min_pair_orders = 30, .min_confidence = 0.6, .min_lift = 1.5};
  EXPECT_THAT(Items({{.item = 1, .orders = 50, .neighbours = Pairs({{11, 30}})}}), ElementsAre(11));
}

TEST_F(RankTest, TakesTheBestRuleOfSeveral) {
  const std::vector<Antecedent> antecedents = {
      {.item = 1, .weight = 1, .orders = 10, .neighbours = Pairs({{12, 3}, {13, 2}})},
      {.item = 2, .weight = 0.3, .orders = 10, .neighbours = Pairs({{12, 9}, {13, 5}})},
      {.item = 3, .weight = 1, .orders = 20, .neighbours = Pairs({{13, 8}})}};
  ASSERT_OK_AND_ASSIGN(const auto ranked, Find(antecedents));
  ASSERT_EQ(ranked.size(), 2u);
  // 13 by the third: 8/20; 12 by the first: 3/10, above .3 × 9/10.
  EXPECT_EQ(ranked[0].item, 13);
  EXPECT_EQ(ranked[0].supports[0].antecedent, 2u);
  EXPECT_THAT(ranked[0].supports[0].score, DoubleEq(0.4));
  EXPECT_EQ(ranked[0].supports.size(), 3u);
  EXPECT_EQ(ranked[1].item, 12);
  EXPECT_EQ(ranked[1].supports[0].antecedent, 0u);
  EXPECT_THAT(ranked[1].supports[0].counts.lift(), DoubleEq(3));
}

TEST_F(RankTest, AWeakRuleOfHighWeightDoesNotHideAStrongOne) {
  // Item 14 is in 60 of 100 orders: the first rule scores more and has too little lift.
  const std::vector<Antecedent> antecedents = {
      {.item = 1, .weight = 1, .orders = 10, .neighbours = Pairs({{14, 5}})},
      {.item = 2, .weight = 0.3, .orders = 10, .neighbours = Pairs({{14, 9}})},
      {.item = 3, .weight = 1, .orders = 10, .neighbours = Pairs({{12, 4}})}};
  ASSERT_OK_AND_ASSIGN(const auto ranked, Find(antecedents));
  ASSERT_EQ(ranked.size(), 2u);
  EXPECT_EQ(ranked[0].item, 12);
  EXPECT_EQ(ranked[1].item, 14);
  EXPECT_THAT(ranked[1].supports[0].score, DoubleEq(0.3 * 0.9));
}

TEST_F(RankTest, LooksAtNoMoreThanItMay) {
  std::vector<PairCount> neighbours;
  for (int64_t item = 1000; item < 2000; ++item) neighbours.push_back({item, 50});
  neighbours.push_back({2001, 40});
  const Antecedent antecedent{.item = 1, .orders = 100, .neighbours = Pairs(neighbours)};
  facts_ = {{2001, {40, "last"}}};
  EXPECT_THAT(Items({antecedent}), IsEmpty()) << "a thousand that cannot be had stand before it";
  EXPECT_EQ(loads_, 100);
  max_looked_at_ = 1001;
  EXPECT_THAT(Items({antecedent}), ElementsAre(2001));
}

// What the comments promise, the long way: all rules, filtered, the best of each item, sorted.
std::vector<int64_t> Reference(const std::vector<Antecedent>& antecedents,
                               const Settings& thresholds,
                               const std::map<int64_t, CandidateFacts>& facts) {
  using Key = std::tuple<double, double, int64_t>;
  std::map<int64_t, Key> best;
  for (const Antecedent& antecedent : antecedents) {
    for (const PairCount& pair : antecedent.neighbours->strongest_first()) {
      const double confidence =
          static_cast<double>(pair.orders) / static_cast<double>(antecedent.orders);
      const double lift = static_cast<double>(100 * pair.orders) /
                          static_cast<double>(antecedent.orders * facts.at(pair.other).orders);
      if (pair.orders < thresholds.min_pair_orders || confidence < thresholds.min_confidence ||
          lift < thresholds.min_lift) {
        continue;
      }
      const Key key = {antecedent.weight * confidence, lift, pair.orders};
      const auto [place, added] = best.try_emplace(pair.other, key);
      if (!added) place->second = std::max(place->second, key);
    }
  }
  std::vector<std::tuple<double, double, int64_t, std::string, int64_t>> sorted;
  for (const auto& [item, key] : best) {
    const auto& [score, lift, pair] = key;
    sorted.emplace_back(-score, -lift, -pair, facts.at(item).code, item);
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<int64_t> items;
  for (const auto& row : sorted) items.push_back(std::get<4>(row));
  return items;
}

TEST_F(RankTest, AgreesWithASlowReference) {
  std::mt19937 random(11);
  const auto below = [&](int limit) {
    return static_cast<int64_t>(random() % static_cast<uint32_t>(limit));
  };
  for (int round = 0; round < 500; ++round) {
    facts_.clear();
    // Few values, so that ties are many.
    for (int64_t item = 100; item < 130; ++item) {
      facts_[item] = {5 * (1 + below(6)), absl::StrCat("code-", (item * 7) % 31)};
    }
    std::vector<Antecedent> antecedents;
    for (int64_t i = 0; i < 5; ++i) {
      std::vector<PairCount> neighbours;
      for (const auto& [item, facts] : facts_) {
        if (below(3) > 0) neighbours.push_back({item, 1 + below(5)});
      }
      antecedents.push_back({.item = i,
                             .weight = below(2) == 0 ? 1 : 0.5,
                             .orders = 10,
                             .neighbours = Pairs(std::move(neighbours))});
    }
    settings_ = {.min_pair_orders = 1 + below(3),
                 .min_confidence = 0.1 * static_cast<double>(below(4)),
                 .min_lift = static_cast<double>(below(3))};
    ASSERT_EQ(Items(antecedents, 100), Reference(antecedents, settings_, facts_)) << round;
  }
}

}  // namespace
}  // namespace regulars::recommend
