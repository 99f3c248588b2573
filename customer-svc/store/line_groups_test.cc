// Lines that share identifiers come together, as a slow and obvious painting of them does it.
#include "customer-svc/store/line_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "chassis/base/ids.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::customer {
namespace {

using Identifiers = std::vector<std::pair<uint64_t, int64_t>>;
using Rows = std::vector<std::vector<int64_t>>;

// Paints every row with its own number, and then whatever shares an identifier with the lowest of
// the two, until nothing changes.
Rows Painted(const Identifiers& identifiers, int64_t rows) {
  std::map<int64_t, int64_t> colour;
  for (int64_t row = 1; row <= rows; ++row) colour[row] = row;
  for (bool changed = true; changed;) {
    changed = false;
    std::map<uint64_t, int64_t> lowest;
    for (const auto& [identifier, row] : identifiers) {
      const auto place = lowest.try_emplace(identifier, colour[row]).first;
      place->second = std::min(place->second, colour[row]);
    }
    for (const auto& [identifier, row] : identifiers) {
      // Never higher again, whichever of its identifiers comes last.
      const int64_t lower = std::min(colour[row], lowest[identifier]);
      changed |= std::exchange(colour[row], lower) != lower;
    }
  }
  std::map<int64_t, std::vector<int64_t>> groups;
  for (const auto& [row, number] : colour) groups[number].push_back(row);
  Rows found;
  for (auto& [first, group] : groups) {
    if (group.size() > 1) found.push_back(std::move(group));
  }
  return found;
}

class LineGroupsTest : public ::testing::Test {
 protected:
  // The groups' rows; `too_large` takes those of groups that were so marked.
  Rows Read(const Identifiers& identifiers, int64_t rows, int64_t bytes = 10,
            std::vector<int64_t>* too_large = nullptr, int64_t* fingerprint = nullptr) {
    auto groups = LineGroups::Make(folder_.path());
    EXPECT_OK(groups);
    for (const auto& [identifier, row] : identifiers) {
      EXPECT_OK((*groups)->AddIdentifier(identifier, row));
    }
    EXPECT_OK((*groups)->Join());
    for (int64_t row = 1; row <= rows; ++row) {
      EXPECT_OK((*groups)->AddLine({row, row + 1, row * bytes, (row + 1) * bytes}));
    }
    EXPECT_OK((*groups)->Finish());
    if (fingerprint != nullptr) *fingerprint = (*groups)->fingerprint();
    Rows found;
    while (true) {
      const auto group = (*groups)->Next();
      EXPECT_OK(group);
      if (!group.ok() || !*group) return found;
      std::vector<int64_t> lines;
      for (const LinePlace& place : (*group)->lines) {
        lines.push_back(place.row);
        EXPECT_EQ(place.begin, place.row * bytes);
        EXPECT_THAT((*groups)->Has(place.row), testing::IsOkAndHolds(true));
      }
      if (!(*group)->too_large) {
        found.push_back(std::move(lines));
      } else if (too_large != nullptr) {
        EXPECT_LE(lines.size(), 1000u) << "pieces are small";
        too_large->insert(too_large->end(), lines.begin(), lines.end());
      }
    }
  }

  testing::TempDir folder_;
};

TEST_F(LineGroupsTest, AsPainted) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Mixer mixer(seed);
    const auto rows = static_cast<int64_t>(1 + mixer.Next() % 300);
    // From many groups of two to one that holds nearly all.
    const uint64_t choice = 1 + mixer.Next() % static_cast<uint64_t>(4 * rows);
    Identifiers identifiers;
    for (int64_t row = 1; row <= rows; ++row) {
      for (uint64_t n = mixer.Next() % 4; n > 0; --n) {
        identifiers.emplace_back(mixer.Next() % choice, row);
      }
    }
    EXPECT_EQ(Read(identifiers, rows), Painted(identifiers, rows)) << "seed " << seed;
  }
}

TEST_F(LineGroupsTest, AsManyAsMemoryDoesNotHold) {
  // 200,000 identifiers take two buffers. Each row is linked to the one 50,000 before it.
  constexpr int64_t kRows = 100'000;
  Identifiers identifiers;
  for (int64_t row = 1; row <= kRows; ++row) {
    identifiers.emplace_back(row % 50'000, row);
    identifiers.emplace_back(1'000'000 + row, row);
  }
  const Rows found = Read(identifiers, kRows);
  ASSERT_EQ(found.size(), 50'000u);
  for (size_t i = 0; i < found.size(); ++i) {
    const auto row = static_cast<int64_t>(i + 1);
    EXPECT_EQ(found[i], std::vector<int64_t>({row, row + 50'000}));
  }
}

TEST_F(LineGroupsTest, NoneIsTooLargeUpToItsLimits) {
  const auto one_group = [](int64_t rows) {
    Identifiers identifiers;
    for (int64_t row = 1; row <= rows; ++row) identifiers.emplace_back(7, row);
    return identifiers;
  };
  constexpr auto kMost = static_cast<int64_t>(LineGroups::kMaxLines);
  std::vector<int64_t> too_large;
  EXPECT_EQ(Read(one_group(kMost), kMost, 10, &too_large).size(), 1u);
  EXPECT_EQ(too_large.size(), 0u);
  Identifiers more = one_group(kMost + 700);
  // Two more behind it.
  more.emplace_back(8, kMost + 701);
  more.emplace_back(8, kMost + 702);
  const Rows rest = Read(more, kMost + 702, 10, &too_large);
  EXPECT_EQ(rest, Rows({{kMost + 701, kMost + 702}}));
  ASSERT_EQ(too_large.size(), static_cast<size_t>(kMost + 700));
  EXPECT_EQ(std::set<int64_t>(too_large.begin(), too_large.end()).size(), too_large.size());

  too_large.clear();
  EXPECT_EQ(Read(one_group(4), 4, LineGroups::kMaxBytes / 4, &too_large).size(), 1u);
  EXPECT_EQ(Read(one_group(5), 5, LineGroups::kMaxBytes / 4, &too_large).size(), 0u);
  EXPECT_EQ(too_large.size(), 5u);
}

TEST_F(LineGroupsTest, TheFingerprintTellsGroupsApart) {
  const std::vector<Identifiers> kDifferent = {
      {}, {{1, 1}, {1, 2}}, {{1, 1}, {1, 3}}, {{1, 1}, {1, 2}, {2, 2}, {2, 3}}, {{1, 2}, {1, 3}}};
  std::set<int64_t> prints;
  for (const Identifiers& identifiers : kDifferent) {
    int64_t print = 0;
    int64_t again = 0;
    Read(identifiers, 5, 10, nullptr, &print);
    Read(identifiers, 5, 10, nullptr, &again);
    EXPECT_EQ(print, again);
    prints.insert(print);
  }
  EXPECT_EQ(prints.size(), kDifferent.size());
}

}  // namespace
}  // namespace regulars::customer
