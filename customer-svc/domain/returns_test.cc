#include "customer-svc/domain/returns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace regulars::customer {

void PrintTo(const Link& link, std::ostream* out) {
  *out << link.return_line << "<-" << link.sale_line << "x" << link.quantity_micros;
}

namespace {

using ::testing::ElementsAreArray;

LinePlace Place(int64_t day, int64_t line, int64_t sequence = 0) {
  return {absl::UnixEpoch() + absl::Hours(24) * day, sequence, line};
}

struct Case {
  const char* name;
  std::vector<PlacedQuantity> sold;
  std::vector<PlacedQuantity> returned;
  std::vector<Link> links;
};

// Worked out by hand. Lines are numbered 1… where sold and 101… where returned.
const Case kCases[] = {
    {"nothing", {}, {}, {}},
    {"nothing sold", {}, {{Place(2, 101), 5}}, {}},
    {"nothing returned", {{Place(1, 1), 5}}, {}, {}},
    {"all of it", {{Place(1, 1), 5}}, {{Place(2, 101), 5}}, {{101, 1, 5}}},
    {"a part of it", {{Place(1, 1), 5}}, {{Place(2, 101), 2}}, {{101, 1, 2}}},
    {"more than was sold", {{Place(1, 1), 5}}, {{Place(2, 101), 8}}, {{101, 1, 5}}},
    {"sold at the same time is not earlier", {{Place(2, 1), 5}}, {{Place(2, 101), 5}}, {}},
    {"sold later", {{Place(3, 1), 5}}, {{Place(2, 101), 5}}, {}},
    {"the most recent first, then the one before",
     {{Place(1, 1), 5}, {Place(2, 2), 3}},
     {{Place(3, 101), 6}},
     {{101, 2, 3}, {101, 1, 3}}},
    {"of equal times the later row first",
     {{Place(1, 1, 20), 5}, {Place(1, 2, 10), 5}},
     {{Place(3, 101), 1}},
     {{101, 1, 1}}},
    {"of equal times and rows the later arrival first",
     {{Place(1, 7), 5}, {Place(1, 9), 5}},
     {{Place(3, 101), 1}},
     {{101, 9, 1}}},
    {"earlier returns are served first, whatever their number",
     {{Place(1, 1), 4}},
     {{Place(5, 101), 3}, {Place(4, 102), 3}},
     {{102, 1, 3}, {101, 1, 1}}},
    {"of equal times the earlier row is served first",
     {{Place(1, 1), 4}},
     {{Place(4, 101, 9), 3}, {Place(4, 102, 8), 3}},
     {{102, 1, 3}, {101, 1, 1}}},
    {"a return between two sales leaves the later one to a later return",
     {{Place(1, 1), 2}, {Place(3, 2), 2}},
     {{Place(2, 101), 1}, {Place(4, 102), 3}},
     {{101, 1, 1}, {102, 2, 2}, {102, 1, 1}}},
    {"what is fully taken is passed over",
     {{Place(1, 1), 2}, {Place(2, 2), 0}},
     {{Place(4, 101), 1}},
     {{101, 1, 1}}},
    {"fractions", {{Place(1, 1), 350'000}}, {{Place(4, 101), 120'000}}, {{101, 1, 120'000}}},
    {"extremes",
     {{Place(1, 1), INT64_MAX}, {Place(2, 2), INT64_MAX}},
     {{Place(4, 101), INT64_MAX}, {Place(5, 102), INT64_MAX}, {Place(6, 103), INT64_MAX}},
     {{101, 2, INT64_MAX}, {102, 1, INT64_MAX}}},
};

TEST(ReturnsTest, TakeTheMostRecentStrictlyEarlierLines) {
  for (const Case& test : kCases) {
    EXPECT_THAT(MatchReturns(test.sold, test.returned), ElementsAreArray(test.links)) << test.name;
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
     {{Place(2, 101), "cup", "b", 2}},
     {{101, 2, 2}}},
    {"no more than is left of it",
     {{1, "a", "cup", 3}, {2, "b", "cup", 3}},
     {{Place(2, 101), "cup", "a", 5}},
     {{101, 1, 3}}},
    {"the first come is served first",
     {{1, "a", "cup", 3}},
     {{Place(5, 101), "cup", "a", 2}, {Place(4, 102), "cup", "a", 2}},
     {{102, 1, 2}, {101, 1, 1}}},
    {"without a line those of the item, in their order",
     {{1, "a", "cup", 3}, {2, "b", "jug", 3}, {3, "c", "cup", 3}},
     {{Place(2, 101), "cup", "", 4}},
     {{101, 1, 3}, {101, 3, 1}}},
    {"a named line may bear another item",
     {{1, "a", "cup", 3}},
     {{Place(2, 101), "cup, damaged", "a", 1}},
     {{101, 1, 1}}},
    {"a line that is not there", {{1, "a", "cup", 3}}, {{Place(2, 101), "cup", "z", 1}}, {}},
    {"an item that is not there", {{1, "a", "cup", 3}}, {{Place(2, 101), "jug", "", 1}}, {}},
    {"an order that sold nothing", {}, {{Place(2, 101), "cup", "a", 1}}, {}},
};

TEST(ReturnsTest, NamedLinesAreTakenAsFarAsTheyGo) {
  for (const NamedCase& test : kNamedCases) {
    EXPECT_THAT(MatchNamedReturns(test.sold, test.returned), ElementsAreArray(test.links))
        << test.name;
  }
}

// The rule word by word, one unit at a time: slow and plain.
std::map<std::pair<int64_t, int64_t>, int64_t> MatchUnitByUnit(
    std::vector<PlacedQuantity> sold, std::vector<PlacedQuantity> returned) {
  std::map<std::pair<int64_t, int64_t>, int64_t> taken;
  while (true) {
    PlacedQuantity* first = nullptr;
    for (PlacedQuantity& back : returned) {
      if (back.quantity_micros > 0 && (first == nullptr || back.place < first->place)) {
        first = &back;
      }
    }
    if (first == nullptr) return taken;
    --first->quantity_micros;
    PlacedQuantity* latest = nullptr;
    for (PlacedQuantity& sale : sold) {
      if (sale.quantity_micros > 0 && sale.place.order_time < first->place.order_time &&
          (latest == nullptr || latest->place < sale.place)) {
        latest = &sale;
      }
    }
    if (latest == nullptr) continue;
    --latest->quantity_micros;
    ++taken[{first->place.line, latest->place.line}];
  }
}

TEST(ReturnsTest, EqualTheRuleTakenWordByWordInWhateverSequenceFactsCome) {
  std::mt19937 random(7);
  const auto below = [&](int64_t limit) { return static_cast<int64_t>(random() % limit); };
  for (int round = 0; round < 2000; ++round) {
    std::vector<PlacedQuantity> sold;
    std::vector<PlacedQuantity> returned;
    const int64_t lines = below(9);
    for (int64_t line = 1; line <= lines; ++line) {
      const LinePlace place = Place(below(5), line, below(3));
      (below(2) == 0 ? sold : returned).push_back({place, 1 + below(4)});
    }
    const auto expected = MatchUnitByUnit(sold, returned);
    std::shuffle(sold.begin(), sold.end(), random);
    std::shuffle(returned.begin(), returned.end(), random);
    std::map<std::pair<int64_t, int64_t>, int64_t> got;
    for (const Link& link : MatchReturns(sold, returned)) {
      EXPECT_GT(link.quantity_micros, 0);
      got[{link.return_line, link.sale_line}] += link.quantity_micros;
    }
    ASSERT_EQ(got, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace regulars::customer
