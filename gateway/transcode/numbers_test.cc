#include "gateway/transcode/numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace regulars::gateway {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

TEST(Numbers, Integers) {
  const struct {
    const char* text;
    int64_t value;
  } rows[] = {
      {"0", 0},
      {"-0", 0},
      {"-0.0", 0},
      {"0e99999999999999999999", 0},
      {"0.0e-9223372036854775808", 0},
      {"42", 42},
      {"-42", -42},
      {"1.0", 1},
      {"1e2", 100},
      {"1E+2", 100},
      {"1.50e2", 150},
      {"-1.5e1", -15},
      {"1500e-2", 15},
      {"0.00012e6", 120},
      {"9223372036854775807", kMax},
      {"-9223372036854775808", kMin},
      {"9223372036854775807.000", kMax},
      {"9.223372036854775807e18", kMax},
      {"9007199254740993", 9007199254740993},
  };
  for (const auto& row : rows) {
    int64_t value = 1;
    EXPECT_TRUE(ParseInteger(row.text, &value)) << row.text;
    EXPECT_EQ(value, row.value) << row.text;
  }
  uint64_t big = 0;
  EXPECT_TRUE(ParseInteger("18446744073709551615", &big));
  EXPECT_EQ(big, std::numeric_limits<uint64_t>::max());
  EXPECT_TRUE(ParseInteger("1.8446744073709551615e19", &big));
  EXPECT_EQ(big, std::numeric_limits<uint64_t>::max());
  EXPECT_TRUE(ParseInteger("-0", &big));
  EXPECT_EQ(big, 0u);
}

TEST(Numbers, WhatIsNoInteger) {
  for (const char* text : {"",
                           " 1",
                           "1 ",
                           "+1",
                           "01",
                           "1.",
                           ".1",
                           "1e",
                           "0x1",
                           "1_000",
                           "one",
                           "NaN",
                           "Infinity",
                           "--1",
                           "-",
                           "1.5",
                           "1e-1",
                           "15e-2",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "1e19",
                           "1e999999999999",
                           "1e-999999999999999999999",
                           "123456789012345678901234567890",
                           "1\n"}) {
    int64_t value = 0;
    EXPECT_FALSE(ParseInteger(text, &value)) << text;
  }
  for (const char* text : {"-1", "18446744073709551616", "1.8446744073709551616e19", "-1e0"}) {
    uint64_t value = 0;
    EXPECT_FALSE(ParseInteger(text, &value)) << text;
  }
}

TEST(Numbers, ExponentsAtTheEndsOf64Bits) {
  for (const char* exponent : {"9223372036854775807", "9223372036854775808", "-9223372036854775807",
                               "-9223372036854775808", "-9223372036854775809"}) {
    for (const char* digits : {"1", "1.5", "150"}) {
      int64_t value = 0;
      EXPECT_FALSE(ParseInteger(absl::StrCat(digits, "e", exponent), &value))
          << digits << " " << exponent;
    }
  }
}

TEST(Numbers, Reals) {
  const struct {
    const char* text;
    double value;
  } rows[] = {
      {"0", 0},
      {"1.5", 1.5},
      {"-2.5e-3", -0.0025},
      {"1e308", 1e308},
      {"4.9e-324", 4.9406564584124654e-324},
      {"1e-999", 0},
      {"0.1", 0.1},
      {"123456789012345678901234567890", 123456789012345678901234567890.0},
      {"Infinity", INFINITY},
      {"-Infinity", -INFINITY},
      {"1.7976931348623157e308", 1.7976931348623157e308},
  };
  for (const auto& row : rows) {
    double value = 1;
    EXPECT_TRUE(ParseReal(row.text, &value)) << row.text;
    EXPECT_EQ(value, row.value) << row.text;
  }
  double nan = 0;
  EXPECT_TRUE(ParseReal("NaN", &nan));
  EXPECT_TRUE(std::isnan(nan));
  for (const char* text : {"", "1e309", "-1e999", "inf", "nan", "+1", "1.", ".5", "0x1p3",
                           "infinity", " 1", "Infinity "}) {
    double value = 0;
    EXPECT_FALSE(ParseReal(text, &value)) << text;
  }
  float value = 0;
  EXPECT_TRUE(ParseReal("3.4028234663852886e38", &value));
  EXPECT_EQ(value, std::numeric_limits<float>::max());
  EXPECT_FALSE(ParseReal("3.5e38", &value));
  EXPECT_TRUE(ParseReal("1e-50", &value));
  EXPECT_EQ(value, 0);
}

// Expected texts are JavaScript's String(x).
TEST(Numbers, PrintsTheShortestText) {
  const struct {
    double value;
    const char* text;
  } rows[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-1.5, "-1.5"},
      {100000, "100000"},
      {0.1, "0.1"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {1e-6, "0.000001"},
      {1e-7, "1e-07"},
      {5e-324, "5e-324"},
      {1.0 / 3, "0.3333333333333333"},
      {123456.789, "123456.789"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {NAN, "\"NaN\""},
      {INFINITY, "\"Infinity\""},
      {-INFINITY, "\"-Infinity\""},
  };
  for (const auto& row : rows) {
    std::string out;
    AppendReal(row.value, &out);
    EXPECT_EQ(out, row.text);
  }
  std::string out;
  AppendReal(0.1f, &out);
  EXPECT_EQ(out, "0.1");
}

TEST(Numbers, RealsComeBack) {
  uint64_t bits = 0x0123456789ABCDEF;
  for (int i = 0; i < 20000; ++i) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;
    double value;
    memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value)) continue;
    std::string out;
    AppendReal(value, &out);
    double back = 0;
    EXPECT_TRUE(ParseReal(out, &back)) << out;
    EXPECT_EQ(back, value) << out;
  }
}

}  // namespace
}  // namespace regulars::gateway
