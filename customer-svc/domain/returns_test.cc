#include "customer-svc/domain/returns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "chassis/testing/status_matchers.h"

namespace regulars::customer {

void PrintTo(const Link& link, std::ostream* out) {
  *out << link.return_line << "<-" << link.sale_line << "x" << link.quantity_micros;
}

namespace {

using ::testing::ElementsAreArray;
using ::testing::UnorderedElementsAreArray;

LineRank Rank(int64_t day, int64_t line, int64_t sequence = 0) {
  return {absl::UnixEpoch() + absl::Hours(24) * day, sequence, line};
}

struct Case {
  const char* name;
  std::vector<RankedQuantity> sold;
  std::vector<RankedQuantity> returned;
  std::vector<Link> links;
};

// Worked out by hand. Lines are numbered 1… where sold and 101… where returned.
const Case kCases[] = {
    {"nothing", {}, {}, {}},
    {"nothing sold", {}, {{Rank(2, 101), 5}}, {}},
    {"nothing returned", {{Rank(1, 1), 5}}, {}, {}},
    {"all of it", {{Rank(1, 1), 5}}, {{Rank(2, 101), 5}}, {{101, 1, 5}}},
    {"a part of it", {{Rank(1, 1), 5}}, {{Rank(2, 101), 2}}, {{101, 1, 2}}},
    {"more than was sold", {{Rank(1, 1), 5}}, {{Rank(2, 101), 8}}, {{101, 1, 5}}},
    {"sold at the same time is not earlier", {{Rank(2, 1), 5}}, {{Rank(2, 101), 5}}, {}},
    {"sold later", {{Rank(3, 1), 5}}, {{Rank(2, 101), 5}}, {}},
    {"the most recent first, then the one before",
     {{Rank(1, 1), 5}, {Rank(2, 2), 3}},
     {{Rank(3, 101), 6}},
     {{101, 2, 3}, {101, 1, 3}}},
    {"of equal times the later row first",
     {{Rank(1, 1, 20), 5}, {Rank(1, 2, 10), 5}},
     {{Rank(3, 101), 1}},
     {{101, 1, 1}}},
    {"of equal times and rows the later arrival first",
     {{Rank(1, 7), 5}, {Rank(1, 9), 5}},
     {{Rank(3, 101), 1}},
     {{101, 9, 1}}},
    {"earlier returns are served first, whatever their number",
     {{Rank(1, 1), 4}},
     {{Rank(5, 101), 3}, {Rank(4, 102), 3}},
     {{102, 1, 3}, {101, 1, 1}}},
    {"of equal times the earlier row is served first",
     {{Rank(1, 1), 4}},
     {{Rank(4, 101, 9), 3}, {Rank(4, 102, 8), 3}},
     {{102, 1, 3}, {101, 1, 1}}},
    {"a return between two sales leaves the later one to a later return",
     {{Rank(1, 1), 2}, {Rank(3, 2), 2}},
     {{Rank(2, 101), 1}, {Rank(4, 102), 3}},
     {{101, 1, 1}, {102, 2, 2}, {102, 1, 1}}},
    {"what is fully taken is passed over",
     {{Rank(1, 1), 2}, {Rank(2, 2), 0}},
     {{Rank(4, 101), 1}},
     {{101, 1, 1}}},
    {"fractions", {{Rank(1, 1), 350'000}}, {{Rank(4, 101), 120'000}}, {{101, 1, 120'000}}},
    {"extremes",
     {{Rank(1, 1), INT64_MAX}, {Rank(2, 2), INT64_MAX}},
     {{Rank(4, 101), INT64_MAX}, {Rank(5, 102), INT64_MAX}, {Rank(6, 103), INT64_MAX}},
     {{101, 2, INT64_MAX}, {102, 1, INT64_MAX}}},
};

// A book in memory, as plain as can be. Counts what it is asked.
class PlainBook : public ReturnBook {
 public:
  using Found = absl::StatusOr<std::optional<RankedQuantity>>;
  using AllFound = absl::StatusOr<std::vector<RankedQuantity>>;

  absl::StatusOr<int64_t> LeftOf(const LineRank& sale) override {
    ++asked;
    return left.contains(sale) ? left[sale] : 0;
  }
  Found LastLeftBefore(absl::Time time) override {
    ++asked;
    Found found = std::nullopt;
    for (const auto& [rank, quantity] : left) {
      if (rank.order_time < time) found = RankedQuantity{rank, quantity};
    }
    return found;
  }
  Found FirstLeftBehind(const LineRank& rank) override {
    ++asked;
    const auto found = left.upper_bound(rank);
    if (found == left.end()) return std::nullopt;
    return RankedQuantity{found->first, found->second};
  }
  Found FirstReturn(const ReturnSearch& search) override {
    ++asked;
    for (const auto& [rank, missing] : returns) {
      if (!(search.behind < rank) || rank.order_time > search.until) continue;
      bool wanted = search.or_short && missing > 0;
      for (const auto& [lines, quantity] : links) {
        wanted = wanted || (lines.first == rank && lines.second.order_time < search.reach);
      }
      if (wanted) return RankedQuantity{rank, missing};
    }
    return std::nullopt;
  }
  AllFound TakenBy(const LineRank& back) override {
    ++asked;
    std::vector<RankedQuantity> found;
    for (const auto& [lines, quantity] : links) {
      if (lines.first == back) found.push_back({lines.second, quantity});
    }
    return found;
  }
  AllFound GivenBy(const LineRank& sale, const LineRank& behind) override {
    ++asked;
    std::vector<RankedQuantity> found;
    for (const auto& [lines, quantity] : links) {
      if (lines.second == sale && behind < lines.first) found.push_back({lines.first, quantity});
    }
    std::reverse(found.begin(), found.end());
    return found;
  }
  absl::Status AddLeft(const LineRank& sale, int64_t quantity) override {
    return SetLeft(sale, left[sale] + quantity);
  }
  absl::Status SetLeft(const LineRank& sale, int64_t quantity) override {
    ++asked;
    left[sale] = quantity;
    if (quantity == 0) left.erase(sale);
    return absl::OkStatus();
  }
  absl::Status SetLink(const LineRank& back, const LineRank& sale, int64_t before,
                       int64_t after) override {
    ++asked;
    int64_t& quantity = links[{back, sale}];
    EXPECT_EQ(quantity, before);
    quantity = after;
    if (after == 0) links.erase({back, sale});
    return absl::OkStatus();
  }
  absl::Status InsertReturn(const LineRank& back) override {
    EXPECT_TRUE(returns.emplace(back, 0).second);
    return absl::OkStatus();
  }
  absl::Status DeleteReturn(const LineRank& back) override {
    EXPECT_EQ(returns.erase(back), 1);
    return absl::OkStatus();
  }
  absl::Status AddMissing(const LineRank& back, int64_t quantity) override {
    ++asked;
    returns.at(back) += quantity;
    return absl::OkStatus();
  }

  std::vector<Link> Links() const {
    std::vector<Link> found;
    for (const auto& [lines, quantity] : links) {
      found.push_back({lines.first.line, lines.second.line, quantity});
    }
    return found;
  }

  int64_t asked = 0;
  std::map<LineRank, int64_t> left;
  // What each lacks.
  std::map<LineRank, int64_t> returns;
  // Return and sale.
  std::map<std::pair<LineRank, LineRank>, int64_t> links;
};

TEST(ReturnsTest, TakeTheMostRecentStrictlyEarlierLines) {
  for (const Case& test : kCases) {
    for (const bool sales_first : {true, false}) {
      PlainBook book;
      for (const bool sales : {sales_first, !sales_first}) {
        for (const RankedQuantity& line : sales ? test.sold : test.returned) {
          ASSERT_OK(sales ? AddSale(book, line.rank, line.quantity_micros)
                          : AddReturn(book, line.rank, line.quantity_micros));
        }
      }
      EXPECT_THAT(book.Links(), UnorderedElementsAreArray(test.links))
          << test.name << (sales_first ? "" : ", returns first");
    }
  }
}

struct NamedCase {
  const char* name;
  std::vector<NamedSale> sold;
  std::vector<NamingReturn> returned;
  std::vector<Link> links;
};

const NamedCase kNamedCases[] = {
    {"the line that is named",
     {{1, "a", "cup", 3}, {2, "b", "cup", 3}},
     {{Rank(2, 101), "cup", "b", 2}},
     {{101, 2, 2}}},
    {"no more than is left of it",
     {{1, "a", "cup", 3}, {2, "b", "cup", 3}},
     {{Rank(2, 101), "cup", "a", 5}},
     {{101, 1, 3}}},
    {"the first come is served first",
     {{1, "a", "cup", 3}},
     {{Rank(5, 101), "cup", "a", 2}, {Rank(4, 102), "cup", "a", 2}},
     {{102, 1, 2}, {101, 1, 1}}},
    {"without a line those of the item, in their order",
     {{1, "a", "cup", 3}, {2, "b", "jug", 3}, {3, "c", "cup", 3}},
     {{Rank(2, 101), "cup", "", 4}},
     {{101, 1, 3}, {101, 3, 1}}},
    {"a named line may bear another item",
     {{1, "a", "cup", 3}},
     {{Rank(2, 101), "cup, damaged", "a", 1}},
     {{101, 1, 1}}},
    {"a line that is not there", {{1, "a", "cup", 3}}, {{Rank(2, 101), "cup", "z", 1}}, {}},
    {"an item that is not there", {{1, "a", "cup", 3}}, {{Rank(2, 101), "jug", "", 1}}, {}},
    {"an order that sold nothing", {}, {{Rank(2, 101), "cup", "a", 1}}, {}},
};

TEST(ReturnsTest, NamedLinesAreTakenAsFarAsTheyGo) {
  for (const NamedCase& test : kNamedCases) {
    EXPECT_THAT(MatchNamedReturns(test.sold, test.returned), ElementsAreArray(test.links))
        << test.name;
  }
}

// The rule word by word, one unit at a time: slow and plain.
std::map<std::pair<int64_t, int64_t>, int64_t> MatchUnitByUnit(
    std::vector<RankedQuantity> sold, std::vector<RankedQuantity> returned) {
  std::map<std::pair<int64_t, int64_t>, int64_t> taken;
  while (true) {
    RankedQuantity* first = nullptr;
    for (RankedQuantity& back : returned) {
      if (back.quantity_micros > 0 && (first == nullptr || back.rank < first->rank)) {
        first = &back;
      }
    }
    if (first == nullptr) return taken;
    --first->quantity_micros;
    RankedQuantity* latest = nullptr;
    for (RankedQuantity& sale : sold) {
      if (sale.quantity_micros > 0 && sale.rank.order_time < first->rank.order_time &&
          (latest == nullptr || latest->rank < sale.rank)) {
        latest = &sale;
      }
    }
    if (latest == nullptr) continue;
    --latest->quantity_micros;
    ++taken[{first->rank.line, latest->rank.line}];
  }
}

// What a book should hold.
void CheckBook(const PlainBook& book, const std::map<LineRank, int64_t>& sold,
               const std::map<LineRank, int64_t>& returned) {
  std::vector<RankedQuantity> sales;
  std::vector<RankedQuantity> backs;
  std::map<LineRank, int64_t> left = sold;
  std::map<LineRank, int64_t> missing = returned;
  for (const auto& [rank, quantity] : sold) sales.push_back({rank, quantity});
  for (const auto& [rank, quantity] : returned) backs.push_back({rank, quantity});
  std::map<std::pair<int64_t, int64_t>, int64_t> got;
  for (const auto& [lines, quantity] : book.links) {
    got[{lines.first.line, lines.second.line}] = quantity;
    missing[lines.first] -= quantity;
    left[lines.second] -= quantity;
  }
  std::erase_if(left, [](const auto& sale) { return sale.second == 0; });
  ASSERT_EQ(got, MatchUnitByUnit(sales, backs));
  ASSERT_EQ(book.left, left);
  ASSERT_EQ(book.returns, missing);
}

TEST(ReturnsTest, EqualTheRuleTakenWordByWordWhateverComesAndGoes) {
  std::mt19937 random(7);
  const auto below = [&](int64_t limit) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(limit));
  };
  for (int round = 0; round < 400; ++round) {
    PlainBook book;
    std::map<LineRank, int64_t> sold;
    std::map<LineRank, int64_t> returned;
    const int64_t days = 2 + below(9);
    for (int64_t line = 1; line <= 40; ++line) {
      auto& lines = below(2) == 0 ? sold : returned;
      const int64_t what = lines.empty() ? 0 : below(4);
      auto known = lines.begin();
      if (what > 1) std::advance(known, below(static_cast<int64_t>(lines.size())));
      if (what <= 1) {
        const LineRank rank = Rank(below(days), line, below(3));
        lines[rank] = 1 + below(5);
        ASSERT_OK(&lines == &sold ? AddSale(book, rank, lines[rank])
                                  : AddReturn(book, rank, lines[rank]));
      } else if (&lines == &returned) {
        ASSERT_OK(RemoveReturn(book, known->first));
        lines.erase(known);
      } else if (what == 2) {
        const int64_t more = 1 + below(3);
        ASSERT_OK(AddSale(book, known->first, more));
        known->second += more;
      } else {
        const int64_t less = 1 + below(known->second);
        ASSERT_OK(RemoveSale(book, known->first, less == known->second ? kWholeSale : less));
        known->second -= less;
        if (known->second == 0) lines.erase(known);
      }
      CheckBook(book, sold, returned);
      if (HasFailure()) FAIL() << "round " << round << " line " << line;
    }
  }
}

TEST(ReturnsTest, AskFewThingsHoweverLongTheHistory) {
  PlainBook book;
  // A day's sales and then a return of the last of them, day after day.
  for (int64_t day = 0; day < 300; ++day) {
    for (int64_t n = 0; n < 4; ++n) ASSERT_OK(AddSale(book, Rank(2 * day, 10 * day + n), 1));
    ASSERT_OK(AddReturn(book, Rank(2 * day + 1, 10 * day + 4), 1));
  }
  EXPECT_EQ(book.links.size(), 300u);
  const auto cost = [&](const std::function<absl::Status()>& change) {
    const int64_t before = book.asked;
    EXPECT_OK(change());
    return book.asked - before;
  };
  EXPECT_LT(cost([&] { return AddSale(book, Rank(4, 9001), 1); }), 10) << "a late sale";
  EXPECT_LT(cost([&] { return AddReturn(book, Rank(5, 9002), 1); }), 10) << "a late return";
  EXPECT_LT(cost([&] { return AddReturn(book, Rank(9000, 9003), 3); }), 20) << "a latest return";
  EXPECT_LT(cost([&] { return RemoveReturn(book, Rank(5, 9002)); }), 10);
  EXPECT_LT(cost([&] { return RemoveSale(book, Rank(4, 9001), kWholeSale); }), 20);
}

}  // namespace
}  // namespace regulars::customer
