#include "loyalty-svc/domain/rate_text.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace regulars::loyalty {
namespace {

TEST(ConvertTest, IsExactAndRoundsHalfToEven) {
  EXPECT_EQ(Convert(2'500'000, "1"), 2'500'000);
  EXPECT_EQ(Convert(2'500'000, "0.8561"), 2'140'250);
  EXPECT_EQ(Convert(5, "0.5"), 2);
  EXPECT_EQ(Convert(7, "0.5"), 4);
  EXPECT_EQ(Convert(-5, "0.5"), -2);
  EXPECT_EQ(Convert(1'000'000'000'000, "0.000000000001"), 1);
  EXPECT_EQ(Convert(1, "999999.999999999999"), 1'000'000);
}

TEST(ConvertTest, RefusesOtherTexts) {
  for (const char* rate : {"", ".", ".5", "-1", "1e3", "1,5", " 1", "1234567", "1.1234567890123"}) {
    EXPECT_EQ(Convert(1, rate), std::nullopt) << rate;
  }
  EXPECT_EQ(Convert(INT64_MAX, "2"), std::nullopt);
}

}  // namespace
}  // namespace regulars::loyalty
