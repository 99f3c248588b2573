#include "cli/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regulars::cli {
namespace {

TEST(FormatRoundedMoney, HasTheDecimalsOfItsCurrency) {
  const auto rounded = [](const char* currency, int64_t micros) {
    return FormatRoundedMoney({{"currencyCode", currency}, {"micros", absl::StrCat(micros)}});
  };
  EXPECT_EQ(rounded("EUR", 4'935'880'615), "4,935.88 EUR");
  EXPECT_EQ(rounded("EUR", 5'000), "0.01 EUR");
  EXPECT_EQ(rounded("EUR", -4'999), "0.00 EUR");
  EXPECT_EQ(rounded("EUR", -5'000), "-0.01 EUR");
  EXPECT_EQ(rounded("JPY", 1'500'000), "2 JPY");
  EXPECT_EQ(rounded("KWD", 1'234'567), "1.235 KWD");
  EXPECT_EQ(rounded("EUR", INT64_MAX), "9,223,372,036,854.77 EUR");
  EXPECT_EQ(rounded("", 5), "");
}

TEST(DisplayWidth, CountsColumnsOfATerminal) {
  // By Unicode Standard Annex 11 and the general categories of Unicode 15.
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("Müller"), 6u);
  EXPECT_EQ(DisplayWidth("Mu\u0308ller"), 6u);  // A combining mark takes no room.
  EXPECT_EQ(DisplayWidth("李小龍"), 6u);
  EXPECT_EQ(DisplayWidth("ｶﾅ"), 2u);  // Half-width forms.
  EXPECT_EQ(DisplayWidth("Ａ"), 2u);  // Full-width form.
  EXPECT_EQ(DisplayWidth("a\u200Bb"), 2u);
  EXPECT_EQ(DisplayWidth("\xff"), 1u);  // Shown as U+FFFD.
}

TEST(FitWidth, CutsBetweenCharacters) {
  EXPECT_EQ(FitWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(FitWidth("abcdef", 4), "abc…");
  EXPECT_EQ(FitWidth("李小龍", 4), "李…");
  EXPECT_EQ(FitWidth("李小龍", 5), "李小…");
  EXPECT_EQ(FitWidth("abc", 1), "…");
  EXPECT_EQ(FitWidth("abc", 0), "");
}

struct MoneyCase {
  const char* name;
  const char* currency;
  int64_t micros;
  const char* text;
};

class FormatMoneyTest : public ::testing::TestWithParam<MoneyCase> {};

TEST_P(FormatMoneyTest, Writes) {
  EXPECT_EQ(FormatMoney({{"currencyCode", GetParam().currency},
                         {"micros", std::to_string(GetParam().micros)}}),
            GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FormatMoneyTest,
    ::testing::Values(MoneyCase{"zero", "GBP", 0, "0.00 GBP"},
                      MoneyCase{"pence", "GBP", 2'550'000, "2.55 GBP"},
                      MoneyCase{"padded", "GBP", 2'500'000, "2.50 GBP"},
                      MoneyCase{"finer_than_pence", "GBP", 123'456, "0.123456 GBP"},
                      MoneyCase{"thousands", "EUR", 1'234'567'890'000, "1,234,567.89 EUR"},
                      MoneyCase{"negative", "USD", -1'000'500'000, "-1,000.50 USD"},
                      MoneyCase{"below_one", "USD", -50'000, "-0.05 USD"},
                      MoneyCase{"no_minor_unit", "JPY", 1'500'000'000, "1,500 JPY"},
                      MoneyCase{"three_digits", "KWD", 1'500'000, "1.500 KWD"},
                      MoneyCase{"least", "EUR", INT64_MIN, "-9,223,372,036,854.775808 EUR"},
                      MoneyCase{"no_currency", "", 5, ""}),
    [](const auto& info) { return info.param.name; });

TEST(FormatApiTime, NamesTheZone) {
  const absl::TimeZone zone = absl::FixedTimeZone(5 * 3600 + 1800);
  EXPECT_EQ(FormatApiTime("2026-03-31T12:05:09.5Z", zone), "2026-03-31 17:35:09 +0530");
  EXPECT_EQ(FormatApiTime("2026-03-31T12:05:09Z", absl::UTCTimeZone()), "2026-03-31 12:05:09 UTC");
  EXPECT_EQ(FormatApiTime("", zone), "");
  EXPECT_EQ(FormatApiTime("soon", zone), "soon");
}

TEST(Format, SmallThings) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(-1234), "-1,234");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
  EXPECT_EQ(FormatBytes(int64_t{5} << 30), "5.0 GiB");
  EXPECT_EQ(FormatSpan(absl::Seconds(59)), "59s");
  EXPECT_EQ(FormatSpan(absl::Seconds(75)), "1m15s");
  EXPECT_EQ(FormatSpan(absl::Minutes(125)), "2h05m");
  EXPECT_EQ(FormatEnum("STATE_RUNNING", "STATE_"), "running");
  EXPECT_EQ(FormatEnum("KIND_ORDER_LINES", "KIND_"), "order-lines");
  EXPECT_EQ(FormatEnum("STATE_UNSPECIFIED", "STATE_"), "");
  EXPECT_EQ(ShortName("segments/a/members/b"), "b");
  EXPECT_EQ(ShortName("b"), "b");
}

TEST(Safe, LetsNothingCommandTheTerminal) {
  EXPECT_THAT(Safe("\x1b[2J\x1b]0;x\x07"), ::testing::Not(::testing::HasSubstr("\x1b")));
  EXPECT_THAT(Safe("a\nb"), ::testing::Not(::testing::HasSubstr("\n")));
  EXPECT_EQ(Safe("Jörg Müller"), "Jörg Müller");
}

}  // namespace
}  // namespace regulars::cli
