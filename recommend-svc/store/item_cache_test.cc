// What the cache answers is what the store holds: by a random walk of changes, with snapshots of
// different age side by side, and where it is too small.
#include "recommend-svc/store/item_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "recommend-svc/domain/basket.h"
#include "recommend-svc/store/schema.h"

namespace regulars::recommend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kItems = 12;
constexpr int64_t kWindowDays = 30;

class ItemCacheTest : public ::testing::Test {
 protected:
  ItemCacheTest() {
    EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
      for (int64_t item = 1; item <= kItems; ++item) {
        ABSL_ASSIGN_OR_RETURN(const int64_t key, items::Learn(tx, absl::StrCat("item-", item)));
        EXPECT_EQ(key, item);
      }
      return absl::OkStatus();
    }));
  }

  void Order(const std::vector<int64_t>& items, bool cancelled = false) {
    CountChange change;
    const Basket basket{.day = 20'000, .items = items};
    cancelled ? change.Take(basket) : change.Add(basket);
    EXPECT_OK(store_.Write([&](Transaction& tx) { return counts::Post(tx, change, kWindowDays); }));
  }
  void Rename(int64_t key, const std::string& title) {
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(auto item, items::FindByKey(tx, key));
      item->texts.title = title;
      return items::Update(tx, *item);
    }));
  }

  // All that the cache says of an item, and all that the store does.
  struct Said {
    std::string title;
    int64_t orders = 0;
    std::vector<PairCount> neighbours;
    friend bool operator==(const Said&, const Said&) = default;
  };
  static absl::StatusOr<Said> Ask(ItemCache& cache, Snapshot& db, int64_t item,
                                  int64_t min_orders = 1) {
    ABSL_ASSIGN_OR_RETURN(const counts::Tally tally, counts::LoadTally(db));
    ABSL_ASSIGN_OR_RETURN(const auto shown, cache.Show(db, tally, item));
    ABSL_ASSIGN_OR_RETURN(const auto pairs, cache.FindNeighbours(db, tally, item, min_orders));
    return Said{shown->title, shown->orders, pairs->strongest_first()};
  }
  static absl::StatusOr<Said> AskStore(Snapshot& db, int64_t item, int64_t min_orders = 1) {
    ABSL_ASSIGN_OR_RETURN(const auto shown, items::LoadShown(db, item));
    ABSL_ASSIGN_OR_RETURN(auto pairs, counts::Neighbours(db, item, min_orders));
    std::sort(pairs.begin(), pairs.end(), [](const PairCount& a, const PairCount& b) {
      return std::tie(b.orders, a.other) < std::tie(a.orders, b.other);
    });
    return Said{shown->title, shown->orders, std::move(pairs)};
  }
  Said AskNow(ItemCache& cache, int64_t item, int64_t min_orders = 1) {
    Said said;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(said, Ask(cache, db, item, min_orders));
      return absl::OkStatus();
    }));
    return said;
  }

  // One change of any kind.
  void ChangeAnything(std::mt19937& random) {
    const auto item = [&] { return static_cast<int64_t>(1 + random() % kItems); };
    if (random() % 4 == 0) return Rename(item(), absl::StrCat("title ", random() % 100));
    if (!orders_.empty() && random() % 3 == 0) {
      Order(orders_.back(), /*cancelled=*/true);
      orders_.pop_back();
      return;
    }
    std::set<int64_t> basket;
    for (uint32_t i = 0; i <= random() % 4; ++i) basket.insert(item());
    orders_.emplace_back(basket.begin(), basket.end());
    Order(orders_.back());
  }

  void Walk(ItemCache& cache, int changes) {
    std::mt19937 random(7);
    for (int i = 0; i < changes; ++i) {
      ChangeAnything(random);
      EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
        for (int64_t item = 1; item <= kItems; ++item) {
          const int64_t min_orders = 1 + static_cast<int64_t>(random() % 2);
          ABSL_ASSIGN_OR_RETURN(const Said said, Ask(cache, db, item, min_orders));
          ABSL_ASSIGN_OR_RETURN(const Said stored, AskStore(db, item, min_orders));
          EXPECT_EQ(said, stored) << "item " << item << " after change " << i;
        }
        return absl::OkStatus();
      }));
    }
  }

  testing::TempStore store_{RecommendMigrations()};
  std::vector<std::vector<int64_t>> orders_;
};

TEST_F(ItemCacheTest, SaysWhatTheStoreHolds) {
  ItemCache cache;
  Walk(cache, 300);
}

TEST_F(ItemCacheTest, SaysItThoughThereIsHardlyRoom) {
  ItemCache few_items({.items = 3});
  Walk(few_items, 100);
  ItemCache few_pairs({.pairs = 5});
  Walk(few_pairs, 100);
}

TEST_F(ItemCacheTest, ReadsAgainOnlyWhatHasChanged) {
  ItemCache cache;
  Order({1, 2});
  Order({3, 4});
  const auto show = [&](int64_t item) {
    std::shared_ptr<const items::Shown> shown;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const counts::Tally tally, counts::LoadTally(db));
      ABSL_ASSIGN_OR_RETURN(shown, cache.Show(db, tally, item));
      return absl::OkStatus();
    }));
    return shown;
  };
  const auto first = show(1);
  const auto third = show(3);
  EXPECT_EQ(show(1), first);
  Order({3, 5});
  EXPECT_EQ(show(1), first);
  EXPECT_NE(show(3), third);
  Rename(1, "scissors");
  EXPECT_EQ(show(1)->title, "scissors");
  EXPECT_EQ(show(3)->orders, 2);
}

TEST_F(ItemCacheTest, ServesSnapshotsOfDifferentAge) {
  ItemCache cache;
  Order({1, 2});
  EXPECT_OK(store_.Read([&](Snapshot& old) -> absl::Status {
    const auto ask_old = [&]() -> absl::StatusOr<Said> { return Ask(cache, old, 1); };
    ABSL_ASSIGN_OR_RETURN(const Said before, ask_old());
    EXPECT_THAT(before.neighbours, ElementsAre(PairCount{2, 1}));
    Order({1, 3});
    Rename(1, "scissors");
    for (int i = 0; i < 3; ++i) {
      const Said now = AskNow(cache, 1);
      EXPECT_EQ(now.title, "scissors");
      EXPECT_THAT(now.neighbours, ElementsAre(PairCount{2, 1}, PairCount{3, 1}));
      ABSL_ASSIGN_OR_RETURN(const Said then, ask_old());
      EXPECT_EQ(then, before);
    }
    return absl::OkStatus();
  }));
}

TEST_F(ItemCacheTest, AThresholdThatHasChangedCounts) {
  ItemCache cache;
  Order({1, 2});
  Order({1, 2});
  Order({1, 3});
  EXPECT_THAT(AskNow(cache, 1, 1).neighbours, ElementsAre(PairCount{2, 2}, PairCount{3, 1}));
  EXPECT_THAT(AskNow(cache, 1, 2).neighbours, ElementsAre(PairCount{2, 2}));
  EXPECT_THAT(AskNow(cache, 1, 3).neighbours, IsEmpty());
  EXPECT_THAT(AskNow(cache, 1, 1).neighbours, ElementsAre(PairCount{2, 2}, PairCount{3, 1}));
}

TEST_F(ItemCacheTest, ReadersAndTheWriterAtOnce) {
  ItemCache cache({.items = 8, .pairs = 60});
  std::atomic<bool> over{false};
  const auto read = [&] {
    while (!over) {
      EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
        for (int64_t item = 1; item <= kItems; ++item) {
          ABSL_ASSIGN_OR_RETURN(const Said said, Ask(cache, db, item));
          ABSL_ASSIGN_OR_RETURN(const Said stored, AskStore(db, item));
          EXPECT_EQ(said, stored) << "item " << item;
        }
        return absl::OkStatus();
      }));
    }
  };
  std::thread one(read);
  std::thread another(read);
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) ChangeAnything(random);
  over = true;
  one.join();
  another.join();
}

}  // namespace
}  // namespace regulars::recommend
