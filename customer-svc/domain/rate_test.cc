#include "customer-svc/domain/rate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

using testing::HasReason;
using ::testing::Optional;

struct Good {
  const char* text;
  int64_t picos;
  const char* shortest;
};

const Good kGood[] = {
    {"1", 1'000'000'000'000, "1"},
    {"0.8561", 856'100'000'000, "0.8561"},
    {"0.85610", 856'100'000'000, "0.8561"},
    {"00012.5", 12'500'000'000'000, "12.5"},
    {"0.000000000001", 1, "0.000000000001"},
    {"999999.999999999999", 999'999'999'999'999'999, "999999.999999999999"},
    {"130.00", 130'000'000'000'000, "130"},
};

TEST(Rate, ReadsDecimalsExactly) {
  for (const Good& row : kGood) {
    ASSERT_OK_AND_ASSIGN(const Rate rate, Rate::Parse(row.text));
    EXPECT_EQ(rate.picos(), row.picos) << row.text;
    EXPECT_EQ(rate.ToText(), row.shortest);
  }
}

TEST(Rate, RefusesWhatIsNoRate) {
  for (const char* text :
       {"", "0", "0.000", "-1", "+1", "1e3", "1,5", ".5", "1.", " 1", "1 ", "1.2.3", "1000000",
        "0.0000000000001", "NaN", "inf", "0x1", "1.0000000000000", "\xD9\xA1"}) {
    EXPECT_THAT(Rate::Parse(text), HasReason("INVALID_RATE")) << text;
  }
  EXPECT_THAT(Rate::Parse(absl::string_view("1\0", 2)), HasReason("INVALID_RATE"));
}

struct Conversion {
  const char* name;
  const char* rate;
  int64_t micros;
  int64_t converted;
};

// Worked out by hand: micros × rate, half to even.
const Conversion kConversions[] = {
    {"one_to_one", "1", 2'550'000, 2'550'000},
    {"exact", "0.8561", 1'000'000, 856'100},
    {"rounds_down", "0.3333333", 1'000'000, 333'333},
    {"rounds_up", "0.6666666", 1'000'000, 666'667},
    {"half_to_even_down", "0.5", 5, 2},
    {"half_to_even_up", "0.5", 7, 4},
    {"negative_half_to_even", "0.5", -5, -2},
    {"zero", "0.8561", 0, 0},
    {"large", "999999.999999999999", 9'000'000'000'000, 8'999'999'999'999'999'991},
};

TEST(Rate, ConvertsHalfToEven) {
  for (const Conversion& row : kConversions) {
    EXPECT_THAT(Rate::Parse(row.rate)->Convert(row.micros), Optional(row.converted)) << row.name;
  }
}

TEST(Rate, SaysWhenAnAmountDoesNotFit) {
  EXPECT_EQ(Rate::Parse("2")->Convert(std::numeric_limits<int64_t>::max()), std::nullopt);
  EXPECT_EQ(Rate().Convert(std::numeric_limits<int64_t>::max()),
            std::numeric_limits<int64_t>::max());
}

}  // namespace
}  // namespace regulars::customer
