// Whatever is told of orders, in whatever sequence and how often, members end with the points that
// the orders alone say by a slow reference; and after each step the books balance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "loyalty-svc/rpc/receipt_changes.h"
#include "loyalty-svc/rpc/verify_ledger.h"
#include "loyalty-svc/store/ledger.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/programmes.h"
#include "loyalty-svc/store/schema.h"
#include "loyalty-svc/testing/points_reference.h"

namespace regulars::loyalty {
namespace {

using testing::IsOk;

constexpr int64_t kMillion = 1'000'000;
constexpr int kReceipts = 10;
constexpr int kCustomers = 3;
constexpr int kLines = 3;
const absl::Time kStart = absl::FromUnixSeconds(1'600'000'000);

// What customer-svc says of one receipt at one time, and where it stands in its feed.
struct Told {
  OrderFacts order;
  Seen seen;
};

// A store in memory, and an upstream that changes its mind: few customers, receipts and lines, so
// that they get in each other's way.
class Life {
 public:
  explicit Life(uint32_t seed) : random_(seed), connection_(OpenConnection()) {
    rule_ = {.points_per_step = 1 + Below(3),
             .step_amount_micros = 700'000 + Below(3) * 650'000,
             .counted_lines = static_cast<CountedLines>(1 + Below(2)),
             .rounding = static_cast<Rounding>(1 + Below(3)),
             .minimum_amount_micros = Below(3) * 2 * kMillion};
    if (Below(3) == 0) rule_.start_time = kStart + absl::Hours(10);
    if (Below(3) == 0) rule_.end_time = kStart + absl::Hours(60);
    EXPECT_OK(programmes::PutRule(tx_, {.rule = rule_}));
    for (int i = 0; i < kReceipts; ++i) Rename(i);
  }

  int64_t Below(int limit) {
    return static_cast<int64_t>(random_() % static_cast<uint32_t>(limit));
  }
  std::mt19937& random() { return random_; }

  // What is said of a receipt next; the last word counts in the end.
  Told Say(int receipt) {
    Told told{MakeOrder(receipt), {epoch_, ++position_}};
    known_.by_receipt[told.order.receipt_number] = told.order;
    return told;
  }

  // Customer-svc was restored: it forgot some receipts, was told of the others again and gave them
  // other ids. What a rebuild reads has no position.
  std::vector<Told> Restore() {
    ++epoch_;
    position_ = 0;
    std::set<std::string> lost;
    for (int i = 0; i < kReceipts; ++i) {
      if (Below(4) == 0) {
        lost.insert(ids_[i]);
      } else {
        Rename(i);
      }
    }
    std::vector<Told> read;
    for (int i = 0; i < kReceipts; ++i) {
      const auto found = known_.by_receipt.find(absl::StrCat("r", i));
      if (found == known_.by_receipt.end() || lost.contains(ids_[i])) continue;
      OrderFacts& order = found->second;
      order.order_id = ids_[i];
      for (OrderLine& line : order.lines) Relink(line, lost);
      read.push_back({order, Seen{}});
    }
    return read;
  }

  void Deliver(const Told& told) {
    Seen& newest = newest_[told.order.receipt_number];
    const bool stale = told.seen.position != 0 && told.seen.epoch == newest.epoch &&
                       told.seen.position <= newest.position;
    if (!stale) {
      newest = told.seen;
      if (!told.order.is_cancelled && told.order.HasSale()) joined_.insert(told.order.customer_id);
    }
    ASSERT_OK(ApplyOrder(tx_, told.order, told.seen));
  }

  void ExpectBooksBalance() {
    const auto verified = VerifyLedger(tx_, {});
    ASSERT_OK(verified);
    ASSERT_EQ(verified->discrepancies_size(), 0) << verified->DebugString();
    ASSERT_EQ(verified->next_page_token(), "");
  }

  void ExpectPointsOfOrders() {
    const auto expected = ExpectedPoints(rule_, known_);
    for (int i = 0; i < kCustomers; ++i) {
      const std::string customer = absl::StrCat("c", i);
      ASSERT_OK_AND_ASSIGN(const auto member, members::FindByCustomer(tx_, customer));
      ASSERT_EQ(member.has_value(), joined_.contains(customer)) << customer;
      if (!member) continue;
      const auto found = expected.find(customer);
      ASSERT_EQ(member->balance.points, found == expected.end() ? 0 : found->second) << customer;
      ASSERT_EQ(member->balance.qualifying, member->balance.points);
    }
  }

  int64_t TotalChanges() { return **tx_.Sql("SELECT total_changes()").First<int64_t>(); }

 private:
  static std::unique_ptr<Connection> OpenConnection() {
    auto connection = Connection::Open({.path = ":memory:"});
    EXPECT_OK(connection);
    EXPECT_OK(Migrate(**connection, "chassis", ChassisMigrations(), absl::Now()));
    EXPECT_OK(Migrate(**connection, "loyalty", LoyaltyMigrations(), absl::Now()));
    return *std::move(connection);
  }

  void Rename(int receipt) {
    ids_[receipt] = absl::StrCat("o", receipt, "-", epoch_);
    known_.receipt_of[ids_[receipt]] = absl::StrCat("r", receipt);
  }

  // Links name orders by the ids that they have now; those to lost orders are gone.
  void Relink(OrderLine& line, const std::set<std::string>& lost) {
    std::vector<SoldPart> links;
    for (SoldPart link : line.links) {
      const std::string id = ids_[std::stoi(known_.receipt_of.at(link.order_id).substr(1))];
      if (lost.contains(id)) continue;
      link.order_id = id;
      links.push_back(std::move(link));
    }
    line.links = std::move(links);
  }

  OrderFacts MakeOrder(int receipt) {
    OrderFacts order{.order_id = ids_[receipt],
                     .source = "till",
                     .receipt_number = absl::StrCat("r", receipt),
                     .order_time = kStart + absl::Hours(Below(80)),
                     .base_currency = "EUR",
                     .is_cancelled = Below(6) == 0};
    if (Below(6) != 0) order.customer_id = absl::StrCat("c", Below(kCustomers));
    const int64_t lines = 1 + Below(kLines);
    for (int64_t i = 0; i < lines; ++i) order.lines.push_back(MakeLine(i));
    return order;
  }

  OrderLine MakeLine(int64_t number) {
    OrderLine line{.line_id = absl::StrCat("l", number),
                   .is_sale = Below(5) < 3,
                   .kind = Below(4) == 0 ? LineKind::kCharge : LineKind::kProduct,
                   .quantity_micros = (1 + Below(4)) * 500'000,
                   .amount_micros = Below(8) * 1'234'567};
    if (line.kind == LineKind::kCharge && Below(2) == 0) line.amount_micros = -line.amount_micros;
    if (line.is_sale) return line;
    for (int64_t left = line.quantity_micros; left > 0 && Below(3) != 0; left -= 500'000) {
      line.links.push_back(
          {ids_[static_cast<int>(Below(kReceipts))], absl::StrCat("l", Below(kLines)), 500'000});
    }
    return line;
  }

  std::mt19937 random_;
  std::unique_ptr<Connection> connection_;
  Origin origin_;
  std::function<bool()> never_ = [] { return false; };
  Transaction tx_{*connection_, origin_, absl::FromUnixSeconds(1'700'000'000), random_(), never_};
  EarningRule rule_;
  std::map<int, std::string> ids_;
  KnownOrders known_;
  std::map<std::string, Seen> newest_;
  std::set<std::string> joined_;
  int64_t epoch_ = 1;
  int64_t position_ = 0;
};

std::vector<Told> Shuffled(Life& life, std::vector<Told> told) {
  const size_t size = told.size();
  for (size_t i = 0; i < size; ++i) {
    if (life.Below(3) == 0) told.push_back(told[i]);
  }
  std::shuffle(told.begin(), told.end(), life.random());
  return told;
}

TEST(OrdersPropertyTest, PointsAreWhatTheOrdersSayInTheEnd) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Life life(seed);
    std::vector<Told> told;
    for (int i = 0; i < 25; ++i) {
      told.push_back(life.Say(static_cast<int>(life.Below(kReceipts))));
    }
    for (const Told& event : Shuffled(life, told)) {
      ASSERT_NO_FATAL_FAILURE(life.Deliver(event));
      ASSERT_NO_FATAL_FAILURE(life.ExpectBooksBalance());
    }
    ASSERT_NO_FATAL_FAILURE(life.ExpectPointsOfOrders());
  }
}

TEST(OrdersPropertyTest, TheSameAgainMovesNothing) {
  Life life(4711);
  std::vector<Told> told;
  for (int i = 0; i < kReceipts; ++i) told.push_back(life.Say(i));
  for (const Told& event : told) ASSERT_NO_FATAL_FAILURE(life.Deliver(event));
  const int64_t changes = life.TotalChanges();
  for (const Told& event : told) ASSERT_NO_FATAL_FAILURE(life.Deliver(event));
  EXPECT_EQ(life.TotalChanges(), changes);
}

TEST(OrdersPropertyTest, ARestoredUpstreamEarnsNothingAgain) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    Life life(seed);
    std::vector<Told> told;
    for (int i = 0; i < 20; ++i) {
      told.push_back(life.Say(static_cast<int>(life.Below(kReceipts))));
    }
    for (const Told& event : Shuffled(life, told)) {
      ASSERT_NO_FATAL_FAILURE(life.Deliver(event));
    }
    for (const Told& read : Shuffled(life, life.Restore())) {
      ASSERT_NO_FATAL_FAILURE(life.Deliver(read));
      ASSERT_NO_FATAL_FAILURE(life.ExpectBooksBalance());
    }
    ASSERT_NO_FATAL_FAILURE(life.ExpectPointsOfOrders());
    // And life goes on, under positions that were there before.
    told.clear();
    for (int i = 0; i < 10; ++i) {
      told.push_back(life.Say(static_cast<int>(life.Below(kReceipts))));
    }
    for (const Told& event : Shuffled(life, told)) {
      ASSERT_NO_FATAL_FAILURE(life.Deliver(event));
    }
    ASSERT_NO_FATAL_FAILURE(life.ExpectBooksBalance());
    ASSERT_NO_FATAL_FAILURE(life.ExpectPointsOfOrders());
  }
}

}  // namespace
}  // namespace regulars::loyalty
