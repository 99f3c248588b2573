// Counts follow orders exactly: by hand for each kind of change, and by a slow reference, which
// counts the orders as they stand from nothing, for changes in any sequence.
#include "recommend-svc/follow/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/testing/temp_store.h"
#include "recommend-svc/store/counts.h"
#include "recommend-svc/store/items.h"
#include "recommend-svc/testing/recommend_server.h"

namespace regulars::recommend {
namespace {

using customer::v1::OrderFacts;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr int64_t kWindowDays = 30;

// Everything that is counted, by code.
struct Counted {
  int64_t orders = 0;
  std::map<std::string, int64_t> items;
  std::map<std::string, int64_t> recent;
  std::map<std::string, int64_t> last_day;
  std::map<std::pair<std::string, std::string>, int64_t> pairs;

  friend bool operator==(const Counted&, const Counted&) = default;
};

std::ostream& operator<<(std::ostream& out, const Counted& counted) {
  out << counted.orders << " orders\n";
  for (const auto& [item, orders] : counted.items) out << item << ": " << orders << "\n";
  for (const auto& [item, orders] : counted.recent) out << item << " lately: " << orders << "\n";
  for (const auto& [item, day] : counted.last_day) out << item << " last on " << day << "\n";
  for (const auto& [pair, orders] : counted.pairs) {
    out << pair.first << "+" << pair.second << ": " << orders << "\n";
  }
  return out;
}

int64_t DayOf(const OrderFacts& order) {
  // Times of these tests lie behind 1970.
  return order.order_time().seconds() / (24 * 60 * 60);
}

// Counts orders from nothing.
Counted CountSlowly(const std::vector<OrderFacts>& orders) {
  std::map<std::pair<std::string, std::string>, int64_t> back;
  for (const OrderFacts& order : orders) {
    for (const auto& line : order.lines()) {
      for (const auto& link : line.return_links()) {
        back[{link.order(), link.item()}] += link.quantity_micros();
      }
    }
  }
  Counted counted;
  std::vector<std::pair<int64_t, std::set<std::string>>> baskets;
  int64_t latest = 0;
  for (const OrderFacts& order : orders) {
    std::map<std::string, int64_t> sold;
    for (const auto& line : order.lines()) {
      const bool product = line.kind() == customer::v1::OrderLine::KIND_PRODUCT;
      const bool sale = line.type() == customer::v1::OrderLine::TYPE_SALE;
      if (product && sale) sold[line.item()] += line.quantity_micros();
    }
    std::set<std::string> basket;
    for (const auto& [item, quantity] : sold) {
      if (back[{order.order(), item}] < quantity) basket.insert(item);
    }
    if (basket.empty()) continue;
    baskets.emplace_back(DayOf(order), basket);
    latest = std::max(latest, DayOf(order));
  }
  for (const auto& [day, basket] : baskets) {
    ++counted.orders;
    for (const std::string& item : basket) {
      ++counted.items[item];
      if (day > latest - kWindowDays) ++counted.recent[item];
      counted.last_day[item] = std::max(counted.last_day[item], day);
      for (const std::string& other : basket) {
        if (other != item && basket.size() <= kMaxPairItems) ++counted.pairs[{item, other}];
      }
    }
  }
  return counted;
}

class ReconcileTest : public ::testing::Test {
 protected:
  void Follow(const OrderFacts& order) {
    ASSERT_OK(store_.Write([&](Transaction& tx) { return Reconcile(tx, order); }));
  }
  void Cancel(const std::string& number) {
    ASSERT_OK(store_.Write([&](Transaction& tx) { return TakeOut(tx, "till", number); }));
  }

  Counted Read() {
    Counted counted;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const counts::Tally tally, counts::LoadTally(db));
      counted.orders = tally.orders;
      std::map<int64_t, std::string> codes;
      ABSL_RETURN_IF_ERROR(db.Sql("SELECT key, code FROM item")
                               .Each<int64_t, std::string>([&](int64_t key, std::string code) {
                                 codes[key] = std::move(code);
                               }));
      for (const auto& [key, code] : codes) {
        ABSL_ASSIGN_OR_RETURN(const ItemCounts of_item, counts::OfItem(db, key));
        if (of_item.orders > 0) counted.items[code] = of_item.orders;
        if (of_item.recent_orders > 0) counted.recent[code] = of_item.recent_orders;
        if (of_item.last_day) counted.last_day[code] = *of_item.last_day;
        ABSL_ASSIGN_OR_RETURN(const auto neighbours, counts::Neighbours(db, key));
        for (const PairCount& pair : neighbours) {
          counted.pairs[{code, codes[pair.other]}] = pair.orders;
        }
      }
      return absl::OkStatus();
    }));
    return counted;
  }
  int64_t Rows(const std::string& table) {
    int64_t rows = -1;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      const std::string sql = "SELECT COUNT(*) FROM " + table;
      ABSL_ASSIGN_OR_RETURN(const auto row, db.Sql(sql).First<int64_t>());
      rows = row.value();
      return absl::OkStatus();
    }));
    return rows;
  }

  testing::TempStore store_{RecommendMigrations()};
};

// A return of the whole of `item` of order `sold`.
OrderFacts MakeReturn(const std::string& number, const std::string& sold, const std::string& item,
                      int64_t quantity = 1'000'000) {
  OrderFacts order = MakeOrder(number, item);
  customer::v1::OrderLineFacts& line = *order.mutable_lines(0);
  line.set_type(customer::v1::OrderLine::TYPE_RETURN);
  line.set_quantity_micros(quantity);
  customer::v1::ReturnLink& link = *line.add_return_links();
  link.set_order("orders/" + sold);
  link.set_line_id("1");
  link.set_item(item);
  link.set_quantity_micros(quantity);
  return order;
}

TEST_F(ReconcileTest, CountsAnOrderOnce) {
  Follow(MakeOrder("1", "a b b c"));
  Follow(MakeOrder("1", "a b b c"));
  const Counted counted = Read();
  EXPECT_EQ(counted.orders, 1);
  EXPECT_THAT(counted.items, ElementsAre(Pair("a", 1), Pair("b", 1), Pair("c", 1)));
  EXPECT_EQ(counted.pairs.size(), 6u);
}

TEST_F(ReconcileTest, WhatSaysTheSameWritesNothing) {
  const auto changes = [&] {
    int64_t changes = 0;
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto row, tx.Sql("SELECT total_changes()").First<int64_t>());
      changes = row.value();
      return absl::OkStatus();
    }));
    return changes;
  };
  Follow(MakeOrder("1", "a b c"));
  const int64_t begin = changes();
  const int64_t nothing = changes() - begin;
  const int64_t before = changes();
  // A shipment, an invoice, a payment; and each order of a rebuild that is as it was.
  Follow(MakeOrder("1", "a b c"));
  EXPECT_EQ(changes() - before, 2 * nothing);
  ASSERT_OK(
      store_.Write([&](Transaction& tx) { return Reconcile(tx, MakeOrder("1", "a b c"), 7); }));
  EXPECT_EQ(changes() - before, 4 * nothing + 1) << "the receipt's mark";
}

TEST_F(ReconcileTest, LeavesChargesOut) {
  OrderFacts order = MakeOrder("1", "a POST");
  order.mutable_lines(1)->set_kind(customer::v1::OrderLine::KIND_CHARGE);
  Follow(order);
  EXPECT_THAT(Read().items, ElementsAre(Pair("a", 1)));
  EXPECT_EQ(Rows("item"), 1) << "a charge is no item";
}

TEST_F(ReconcileTest, FollowsChanges) {
  Follow(MakeOrder("1", "a b"));
  Follow(MakeOrder("1", "b c", "", absl::FromUnixSeconds(1'700'000'000) + absl::Hours(48)));
  const Counted counted = Read();
  EXPECT_EQ(counted.orders, 1);
  EXPECT_THAT(counted.items, ElementsAre(Pair("b", 1), Pair("c", 1)));
  EXPECT_THAT(counted.pairs, ElementsAre(Pair(Pair("b", "c"), 1), Pair(Pair("c", "b"), 1)));
  EXPECT_EQ(counted.last_day.at("b"), 1'700'000'000 / 86'400 + 2);
  Cancel("1");
  Cancel("1");
  EXPECT_EQ(Read(), Counted());
  EXPECT_EQ(Rows("receipt") + Rows("item_day") + Rows("pair_block"), 0) << "nothing is left over";
}

TEST_F(ReconcileTest, ReturnsTakeBackWhatTheySay) {
  OrderFacts sale = MakeOrder("1", "a b");
  sale.mutable_lines(0)->set_quantity_micros(2'000'000);
  Follow(sale);
  Follow(MakeReturn("2", "1", "a"));
  EXPECT_THAT(Read().items, ElementsAre(Pair("a", 1), Pair("b", 1))) << "one of two is left";
  Follow(MakeReturn("3", "1", "a"));
  EXPECT_THAT(Read().items, ElementsAre(Pair("b", 1)));
  EXPECT_THAT(Read().pairs, IsEmpty());
  Cancel("3");
  EXPECT_THAT(Read().items, ElementsAre(Pair("a", 1), Pair("b", 1)));
  Follow(MakeReturn("2", "1", "a", 2'000'000));
  EXPECT_THAT(Read().items, ElementsAre(Pair("b", 1)));
}

TEST_F(ReconcileTest, AReturnMayCallWhatItTakesBackOtherwise) {
  Follow(MakeOrder("1", "kite pot"));
  OrderFacts back = MakeReturn("2", "1", "kite-2");
  back.mutable_lines(0)->mutable_return_links(0)->set_item("kite");
  Follow(back);
  EXPECT_THAT(Read().items, ElementsAre(Pair("pot", 1)));
  // From a customer-svc that does not tell the sold line's item yet.
  back = MakeReturn("3", "1", "pot");
  back.mutable_lines(0)->mutable_return_links(0)->clear_item();
  Follow(back);
  EXPECT_THAT(Read().items, IsEmpty());
}

TEST_F(ReconcileTest, AReturnMayComeBeforeItsSale) {
  Follow(MakeReturn("2", "1", "a"));
  EXPECT_EQ(Read().orders, 0);
  Follow(MakeOrder("1", "a b"));
  EXPECT_THAT(Read().items, ElementsAre(Pair("b", 1)));
}

TEST_F(ReconcileTest, AReceiptKeepsItsCountUnderAnotherOrder) {
  Follow(MakeOrder("1", "a b"));
  OrderFacts again = MakeOrder("1", "a b");
  again.set_order("orders/made-again");
  Follow(again);
  EXPECT_EQ(Read().orders, 1);
  Follow(MakeReturn("2", "made-again", "a"));
  EXPECT_THAT(Read().items, ElementsAre(Pair("b", 1)));
}

TEST_F(ReconcileTest, AnOlderWordComesToNothing) {
  OrderFacts anonymous = MakeOrder("1", "a b");
  anonymous.set_version(1);
  OrderFacts claimed = MakeOrder("1", "b c", "ann");
  claimed.set_version(2);
  Follow(claimed);
  // It was parked under the order's own name while this was followed under the customer's.
  Follow(anonymous);
  EXPECT_THAT(Read().items, ElementsAre(Pair("b", 1), Pair("c", 1)));
  EXPECT_EQ(Rows("receipt WHERE customer IS NOT NULL"), 1);
  // What was read from a restored customer-svc is believed, and its versions go on from there.
  ASSERT_OK(store_.Write([&](Transaction& tx) { return Reconcile(tx, anonymous, 1); }));
  EXPECT_THAT(Read().items, ElementsAre(Pair("a", 1), Pair("b", 1)));
  Follow(claimed);
  EXPECT_THAT(Read().items, ElementsAre(Pair("b", 1), Pair("c", 1)));
}

TEST_F(ReconcileTest, ACancelledOrderStaysSo) {
  OrderFacts recorded = MakeOrder("1", "a b");
  recorded.set_version(1);
  OrderFacts claimed = MakeOrder("1", "a b", "ann");
  claimed.set_version(2);
  Follow(claimed);
  ASSERT_OK(
      store_.Write([&](Transaction& tx) { return regulars::recommend::Cancel(tx, claimed); }));
  Follow(recorded);
  Follow(claimed);
  EXPECT_EQ(Read(), Counted());
  // Until customer-svc was restored, and does not know of it.
  ASSERT_OK(store_.Write([&](Transaction& tx) { return Reconcile(tx, recorded, 1); }));
  Follow(claimed);
  EXPECT_EQ(Read().orders, 1);
  EXPECT_EQ(Rows("cancelled_order"), 0);
}

TEST_F(ReconcileTest, TheWindowEndsWithTheLatestOrder) {
  const absl::Time start = absl::FromUnixSeconds(1'700'000'000);
  Follow(MakeOrder("1", "a", "", start));
  Follow(MakeOrder("2", "b", "", start + absl::Hours(24 * 29)));
  EXPECT_THAT(Read().recent, ElementsAre(Pair("a", 1), Pair("b", 1)));
  Follow(MakeOrder("3", "b", "", start + absl::Hours(24 * 30)));
  EXPECT_THAT(Read().recent, ElementsAre(Pair("b", 2)));
  Cancel("3");
  EXPECT_THAT(Read().recent, ElementsAre(Pair("a", 1), Pair("b", 1))) << "the window goes back";
  Follow(MakeOrder("4", "c", "", start + absl::Hours(24 * 365)));
  EXPECT_THAT(Read().recent, ElementsAre(Pair("c", 1)));
}

// Orders that get in each other's way: few receipts, items and days, some returns of each other.
class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}
  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }

  OrderFacts Order(int receipt) {
    const auto day = absl::Hours(24 * (Below(3) == 0 ? Below(100) : Below(4)));
    OrderFacts order =
        MakeOrder(absl::StrCat(receipt), "", "", absl::FromUnixSeconds(1'700'000'000) + day);
    // Now and then the upstream was restored, and the order has another id.
    if (Below(4) == 0) order.set_order(absl::StrCat("orders/", receipt, "-again"));
    for (int lines = Below(6); lines >= 0; --lines) AddLine(order);
    return order;
  }

 private:
  void AddLine(OrderFacts& order) {
    customer::v1::OrderLineFacts& line = *order.add_lines();
    line.set_item(absl::StrCat("item-", Below(9)));
    line.set_kind(Below(8) == 0 ? customer::v1::OrderLine::KIND_CHARGE
                                : customer::v1::OrderLine::KIND_PRODUCT);
    line.set_type(customer::v1::OrderLine::TYPE_SALE);
    line.set_quantity_micros(1'000'000 * (1 + Below(2)));
    if (Below(3) > 0 || line.kind() == customer::v1::OrderLine::KIND_CHARGE) return;
    line.set_type(customer::v1::OrderLine::TYPE_RETURN);
    for (int links = Below(3); links > 0; --links) {
      customer::v1::ReturnLink& link = *line.add_return_links();
      link.set_order(absl::StrCat("orders/", Below(12), Below(4) == 0 ? "-again" : ""));
      link.set_item(absl::StrCat("item-", Below(9)));
      link.set_quantity_micros(1'000'000);
    }
  }

  std::mt19937 random_;
};

TEST_F(ReconcileTest, AgreesWithASlowReferenceInAnySequence) {
  Dice dice(3);
  std::map<int, OrderFacts> standing;
  for (int step = 0; step < 1500; ++step) {
    const int receipt = dice.Below(12);
    if (dice.Below(4) == 0) {
      Cancel(absl::StrCat(receipt));
      standing.erase(receipt);
    } else {
      standing[receipt] = dice.Order(receipt);
      Follow(standing[receipt]);
    }
    std::vector<OrderFacts> orders;
    for (const auto& [number, order] : standing) orders.push_back(order);
    ASSERT_EQ(Read(), CountSlowly(orders)) << "step " << step;
  }
  for (int receipt = 0; receipt < 12; ++receipt) Cancel(absl::StrCat(receipt));
  EXPECT_EQ(Read(), Counted());
  EXPECT_EQ(Rows("receipt") + Rows("taken_back") + Rows("item_day") + Rows("pair_block"), 0);
}

}  // namespace
}  // namespace regulars::recommend
