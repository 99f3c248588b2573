#include "chassis/base/currency.h"

#include <gtest/gtest.h>

#include <limits>

namespace regulars {
namespace {

// Decimals as ISO 4217 lists them.
TEST(Currency, DigitsOfEach) {
  const std::pair<const char*, int> rows[] = {
      {"GBP", 2}, {"EUR", 2}, {"JPY", 0}, {"KRW", 0},          {"KWD", 3},
      {"BHD", 3}, {"", 2},    {"E", 2},   {"\xff\xff\xff", 2}, {"EURO", 2},
  };
  for (const auto& [code, digits] : rows) EXPECT_EQ(FractionDigits(code), digits) << code;
}

TEST(Currency, AmountsHaveAtLeastThose) {
  const struct {
    int64_t micros;
    const char* currency;
    const char* text;
  } rows[] = {
      {0, "GBP", "0.00"},
      {12'500'000, "GBP", "12.50"},
      {-50'000, "USD", "-0.05"},
      {123'456, "GBP", "0.123456"},
      {1'500'000'000, "JPY", "1500"},
      {1'500'500'000, "JPY", "1500.5"},
      {1'500'000, "KWD", "1.500"},
      {1'000'000, "KWD", "1.000"},
      {std::numeric_limits<int64_t>::min(), "EUR", "-9223372036854.775808"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(FormatAmount(row.micros, row.currency), row.text) << row.currency;
  }
}

}  // namespace
}  // namespace regulars
