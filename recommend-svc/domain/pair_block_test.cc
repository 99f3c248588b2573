#include "recommend-svc/domain/pair_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "chassis/testing/status_matchers.h"

namespace regulars::recommend {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;

TEST(PairBlockTest, PacksByDifferences) {
  // By hand: 1027 is the fourth number of block 1, 1030 the second one behind it; 300 takes two
  // bytes in LEB128.
  const std::vector<PairCount> pairs = {{1027, 1}, {1030, 300}};
  const std::string bytes = EncodeBlock(pairs);
  EXPECT_EQ(bytes, std::string("\x03\x01\x02\xac\x02", 5));
  std::vector<PairCount> read;
  ASSERT_OK(DecodeBlock(1, bytes, read));
  EXPECT_EQ(read, pairs);
  read.clear();
  ASSERT_OK(DecodeBlock(1, bytes, read, /*min_orders=*/2));
  EXPECT_THAT(read, ElementsAre(PairCount{1030, 300}));
}

TEST(PairBlockTest, SpansItsBlock) {
  const std::vector<PairCount> pairs = {{2048, 1}, {3071, INT64_MAX}};
  EXPECT_EQ(BlockOf(2048), BlockOf(3071));
  std::vector<PairCount> read;
  ASSERT_OK(DecodeBlock(2, EncodeBlock(pairs), read));
  EXPECT_EQ(read, pairs);
}

TEST(PairBlockTest, RefusesDamagedBytes) {
  for (const std::string& bytes :
       {std::string("\x01", 1), std::string("\x80", 1), std::string("\x01\x80", 2),
        std::string("\x80\x08\x01", 3), std::string(11, '\xff'),
        // Held by no orders; the second number beyond the block.
        std::string("\x00\x00", 2), std::string("\xe8\x07\x01\x17\x01", 5)}) {
    std::vector<PairCount> read;
    EXPECT_THAT(DecodeBlock(0, bytes, read), HasReason("STORE_CORRUPT"));
  }
}

TEST(PairBlockTest, AddsAndDropsWhatComesToNothing) {
  const std::vector<PairCount> pairs = {{1, 2}, {3, 1}, {9, 5}};
  ASSERT_OK_AND_ASSIGN(const auto sum,
                       AddPairs(pairs, std::vector<PairCount>{{2, 1}, {3, -1}, {9, 1}, {10, 4}}));
  EXPECT_THAT(sum,
              ElementsAre(PairCount{1, 2}, PairCount{2, 1}, PairCount{9, 6}, PairCount{10, 4}));
  EXPECT_THAT(AddPairs({}, {}), testing::IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(AddPairs(pairs, std::vector<PairCount>{{1, -3}}), HasReason("STORE_CORRUPT"));
  EXPECT_THAT(AddPairs(pairs, std::vector<PairCount>{{4, -1}}), HasReason("STORE_CORRUPT"));
}

TEST(PairBlockTest, AgreesWithAMap) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::map<int64_t, int64_t> reference;
    std::string bytes;
    for (int step = 0; step < 20; ++step) {
      std::map<int64_t, int64_t> change;
      for (int i = 0; i < 10; ++i) {
        const int64_t other = kBlockItems + static_cast<int64_t>(random() % 40);
        const bool take = reference[other] + change[other] > 0 && random() % 2 == 0;
        change[other] += take ? -1 : 1;
      }
      std::vector<PairCount> changes;
      for (const auto& [other, by] : change) {
        reference[other] += by;
        if (by != 0) changes.push_back({other, by});
      }
      std::vector<PairCount> pairs;
      ASSERT_OK(DecodeBlock(1, bytes, pairs));
      ASSERT_OK_AND_ASSIGN(pairs, AddPairs(pairs, changes));
      bytes = EncodeBlock(pairs);
      std::vector<PairCount> expected;
      for (const auto& [other, orders] : reference) {
        if (orders > 0) expected.push_back({other, orders});
      }
      ASSERT_EQ(pairs, expected);
    }
  }
}

}  // namespace
}  // namespace regulars::recommend
