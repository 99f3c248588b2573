#include "chassis/base/money.h"

#include <gtest/gtest.h>

#include <limits>

#include "chassis/testing/status_matchers.h"

namespace regulars {
namespace {

using ::regulars::testing::IsOkAndHolds;
using ::regulars::testing::StatusIs;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

TEST(Money, ParsesDecimals) {
  const std::pair<const char*, int64_t> cases[] = {
      {"0", 0},
      {"2.55", 2550000},
      {"-12.5", -12500000},
      {"+1", 1000000},
      {".5", 500000},
      {"5.", 5000000},
      {"0.000001", 1},
      {"1.0000000", 1000000},
      {"007", 7000000},
      {"9223372036854.775807", kMax},
  };
  for (const auto& [text, micros] : cases)
    EXPECT_THAT(ParseMicros(text), IsOkAndHolds(micros)) << text;
  EXPECT_THAT(ParseMicros("2,55", ','), IsOkAndHolds(2550000));
}

TEST(Money, RefusesWhatIsNotADecimal) {
  for (const char* text : {"", "-", ".", "1e3", " 1", "1 ", "1.2.3", "1,000", "0x10", "NaN", "inf",
                           "0.0000001", "9223372036854.775808", "99999999999999999999", "--1"}) {
    EXPECT_THAT(ParseMicros(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(Money, FormatsTheShortestDecimal) {
  EXPECT_EQ(FormatMicros(12500000), "12.5");
  EXPECT_EQ(FormatMicros(-1), "-0.000001");
  EXPECT_EQ(FormatMicros(0), "0");
  EXPECT_EQ(FormatMicros(kMin), "-9223372036854.775808");
}

TEST(Money, ArithmeticSaysWhenItOverflows) {
  EXPECT_EQ(CheckedAdd(kMax, 1), std::nullopt);
  EXPECT_EQ(CheckedMultiply(kMax, 2), std::nullopt);
  EXPECT_EQ(MultiplyDivide(kMax, 2, 1), std::nullopt);
  EXPECT_EQ(MultiplyDivide(kMax, 1'000'000, 1'000'000), kMax);
}

TEST(Money, SumsBeyond64BitsAreTheNearestNumber) {
  EXPECT_EQ(NearestInt64(static_cast<__int128>(kMax) + kMax), kMax);
  EXPECT_EQ(NearestInt64(static_cast<__int128>(kMin) + kMin), kMin);
  EXPECT_EQ(NearestInt64(kMax), kMax);
  EXPECT_EQ(NearestInt64(kMin), kMin);
  EXPECT_EQ(NearestInt64(-7), -7);
}

TEST(Money, RoundsHalfToEven) {
  EXPECT_EQ(MultiplyDivide(5, 1, 2), 2);
  EXPECT_EQ(MultiplyDivide(7, 1, 2), 4);
  EXPECT_EQ(MultiplyDivide(-5, 1, 2), -2);
  EXPECT_EQ(MultiplyDivide(-7, 1, 2), -4);
  EXPECT_EQ(MultiplyDivide(8, 1, 3), 3);
}

TEST(Money, KnowsCurrencies) {
  EXPECT_TRUE(IsCurrency("GBP"));
  EXPECT_TRUE(IsCurrency("ZWG"));
  EXPECT_TRUE(IsCurrency("XCG"));
  EXPECT_TRUE(IsCurrency("HRK"));  // Croatia paid in it until 2022.
  EXPECT_FALSE(IsCurrency("gbp"));
  EXPECT_FALSE(IsCurrency("XXX"));
  EXPECT_FALSE(IsCurrency(""));
}

}  // namespace
}  // namespace regulars
