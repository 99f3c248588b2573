#include "recommend-svc/domain/basket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recommend-svc/domain/history.h"
#include "recommend-svc/domain/reason.h"

namespace regulars::recommend {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(BasketTest, HoldsWhatDidNotComeBackWhole) {
  std::vector<SoldItem> sold = {{1, 1'000'000}, {2, 3'000'000}, {3, 2'000'000}, {4, 500'000}};
  MarkCounted({{1, 1'000'000}, {2, 2'999'999}, {4, 600'000}, {9, 1}}, sold);
  EXPECT_THAT(CountedItems(sold), ElementsAre(2, 3));
  MarkCounted({}, sold);
  EXPECT_THAT(CountedItems(sold), ElementsAre(1, 2, 3, 4)) << "the return was cancelled";
}

TEST(CountChangeTest, CountsItemsPairsAndTheOrder) {
  CountChange change;
  change.Add({7, {1, 2, 5}});
  EXPECT_EQ(change.orders, 1);
  EXPECT_THAT(change.items, ElementsAre(Pair(1, 1), Pair(2, 1), Pair(5, 1)));
  EXPECT_THAT(change.days,
              ElementsAre(Pair(Pair(7, 1), 1), Pair(Pair(7, 2), 1), Pair(Pair(7, 5), 1)));
  EXPECT_THAT(change.pairs, ElementsAre(Pair(1, ElementsAre(Pair(2, 1), Pair(5, 1))),
                                        Pair(2, ElementsAre(Pair(1, 1), Pair(5, 1))),
                                        Pair(5, ElementsAre(Pair(1, 1), Pair(2, 1)))));
  change.Take({7, {1, 2, 5}});
  EXPECT_EQ(change.orders, 0);
  EXPECT_THAT(change.items, Each(Pair(::testing::_, 0)));
}

TEST(CountChangeTest, AnEmptyBasketIsNoOrder) {
  CountChange change;
  change.Add({7, {}});
  EXPECT_EQ(change.orders, 0);
  EXPECT_THAT(change.days, IsEmpty());
}

TEST(CountChangeTest, LargeBasketsHaveNoPairs) {
  Basket basket;
  for (int64_t item = 1; item <= static_cast<int64_t>(kMaxPairItems); ++item) {
    basket.items.push_back(item);
  }
  CountChange at_limit;
  at_limit.Add(basket);
  EXPECT_EQ(at_limit.pairs.size(), kMaxPairItems);
  EXPECT_EQ(at_limit.pairs[1].size(), kMaxPairItems - 1);
  basket.items.push_back(1000);
  CountChange above;
  above.Add(basket);
  EXPECT_THAT(above.pairs, IsEmpty());
  EXPECT_EQ(above.items.size(), kMaxPairItems + 1);
  EXPECT_EQ(above.orders, 1);
}

TEST(LatestTouchesTest, MergesBoughtAndSeen) {
  const auto at = [](int64_t second) { return absl::FromUnixSeconds(second); };
  const auto latest = LatestTouches({{5, at(10), true},
                                     {6, at(30), false},
                                     {5, at(40), false},
                                     {7, at(30), true},
                                     {6, at(20), false}});
  ASSERT_EQ(latest.size(), 3u);
  // 5 was looked at last, and is something bought; 6 and 7 tie.
  EXPECT_EQ(latest[0].item, 5);
  EXPECT_TRUE(latest[0].bought);
  EXPECT_EQ(latest[1].item, 6);
  EXPECT_FALSE(latest[1].bought);
  EXPECT_EQ(latest[1].time, at(30));
  EXPECT_EQ(latest[2].item, 7);
}

TEST(LatestTouchesTest, KeepsTheLatestFew) {
  std::vector<Touch> touches;
  for (int64_t i = 0; i < 50; ++i) touches.push_back({i, absl::FromUnixSeconds(i), true});
  const auto latest = LatestTouches(touches);
  ASSERT_EQ(latest.size(), kMaxAntecedents);
  EXPECT_EQ(latest.front().item, 49);
  EXPECT_EQ(latest.back().item, 30);
}

TEST(ReasonTest, ReadsAsASentence) {
  EXPECT_EQ(BoughtTogetherText(Cause::kAsked, "Herb scissors"),
            "Often bought together with Herb scissors.");
  EXPECT_EQ(BoughtTogetherText(Cause::kBought, "22457"),
            "Often bought together with 22457, which was bought before.");
  EXPECT_EQ(BoughtTogetherText(Cause::kViewed, "22457"),
            "Often bought together with 22457, which was looked at.");
  const absl::CivilDay today(2011, 12, 11);
  EXPECT_EQ(BestSellerText(1, 30, today, today), "Among the best sellers: 1 order within 30 days.");
  EXPECT_EQ(BestSellerText(57, 1, absl::CivilDay(2011, 12, 9), today),
            "Among the best sellers: 57 orders within 1 day.");
  EXPECT_EQ(BestSellerText(57, 30, absl::CivilDay(2011, 12, 8), today),
            "Among the best sellers: 57 orders within 30 days, up to 2011-12-08.");
}

}  // namespace
}  // namespace regulars::recommend
