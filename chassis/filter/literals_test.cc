#include "chassis/filter/literals.h"

#include <gtest/gtest.h>

#include <limits>

#include "chassis/filter/schema.h"
#include "chassis/filter/suggest.h"

namespace regulars::filter {
namespace {

TEST(Literals, Integers) {
  EXPECT_EQ(ReadInt64("0"), 0);
  EXPECT_EQ(ReadInt64("-0"), 0);
  EXPECT_EQ(ReadInt64("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ReadInt64("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  for (const char* text : {"", "-", "--1", "+1", " 1", "1 ", "- 1", "1.0", "1e3", "0x1", "1_000",
                           "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(ReadInt64(text), std::nullopt) << text;
  }
}

TEST(Literals, Durations) {
  struct Row {
    const char* text;
    int64_t seconds;
    const char* printed;
  };
  const Row rows[] = {{"20s", 20, "20s"},    {"30m", 1800, "30m"},
                      {"12h", 43200, "12h"}, {"90d", 7776000, "90d"},
                      {"2w", 1209600, "2w"}, {"14d", 1209600, "2w"},
                      {"1.5h", 5400, "90m"}, {"-1d", -86400, "-1d"},
                      {"0w", 0, "0s"},       {"36525d", 3155760000, "36525d"}};
  for (const auto& [text, seconds, printed] : rows) {
    EXPECT_EQ(ReadDuration(text), absl::Seconds(seconds)) << text;
    EXPECT_EQ(PrintDuration(absl::Seconds(seconds)), printed);
  }
  EXPECT_EQ(ReadDuration("1.2s"), absl::Milliseconds(1200));
  EXPECT_EQ(PrintDuration(absl::Microseconds(-1)), "-0.000001s");
  for (const char* text : {"", "s", "20", "20S", "20 s", "1d12h", "1y", "1M", "1e3s", "0.0000001s",
                           "36526d", "-36526d", "99999999999999999999w", "15250284453w"}) {
    EXPECT_EQ(ReadDuration(text), std::nullopt) << text;
  }
}

TEST(Literals, Times) {
  struct Row {
    const char* text;
    int64_t micros;
    const char* printed;
  };
  // 2024-02-29T12:00:00Z is 1709208000 s after the epoch (date -ud … +%s).
  const Row rows[] = {
      {"2024-02-29T12:00:00Z", 1709208000000000, "2024-02-29T12:00:00Z"},
      {"2024-02-29t12:00:00z", 1709208000000000, "2024-02-29T12:00:00Z"},
      {"2024-02-29T13:00:00+01:00", 1709208000000000, "2024-02-29T12:00:00Z"},
      {"2024-02-29T06:30:00.000001-05:30", 1709208000000001, "2024-02-29T12:00:00.000001Z"},
      {"1970-01-01T00:00:00.5Z", 500000, "1970-01-01T00:00:00.5Z"},
      {"0001-01-01T00:00:00Z", -62135596800000000, "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999Z", 253402300799999999, "9999-12-31T23:59:59.999999Z"},
  };
  for (const auto& [text, micros, printed] : rows) {
    EXPECT_EQ(ReadTime(text), absl::FromUnixMicros(micros)) << text;
    EXPECT_EQ(PrintTime(absl::FromUnixMicros(micros)), printed);
  }
  for (const char* text :
       {"", "2024-02-29", "2024-02-29T12:00Z", "2024-02-29T12:00:00", "2024-02-29 12:00:00Z",
        "2023-02-29T12:00:00Z", "2024-02-29T25:00:00Z", "2024-02-29T12:60:00Z",
        "2024-02-29T12:00:00.Z", "2024-02-29T12:00:00.1234567Z", "2024-02-29T12:00:00+0100",
        "2024-02-29T12:00:00+99:00", "2024-2-29T12:00:00Z", "+2024-02-29T12:00:00Z",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01",
        "2024-02-29T12:00:00Z "}) {
    EXPECT_EQ(ReadTime(text), std::nullopt) << text;
  }
}

TEST(Literals, Days) {
  EXPECT_EQ(ReadDay("2024-02-29"), absl::CivilDay(2024, 2, 29));
  for (const char* text : {"", "2023-02-29", "2024-00-01", "2024-1-1", "24-01-01", "2024-01-01T",
                           "0000-01-01", "2024/01/01", "-024-01-01"}) {
    EXPECT_EQ(ReadDay(text), std::nullopt) << text;
  }
}

TEST(Suggest, FindsNearMisses) {
  const std::vector<std::string> names = {"country", "city", "address.zip",
                                          "orders(\"30d\").total"};
  const std::pair<const char*, const char*> rows[] = {
      {"contry", "country"},
      {"COUNTRY", "country"},
      {"coutnry", "country"},
      {"cty", "city"},
      {"zip", "address.zip"},
      {"total", "orders(\"30d\").total"},
      {"xyz", ""},
      {"", ""},
      {"c", ""},
  };
  for (const auto& [written, nearest] : rows)
    EXPECT_EQ(Nearest(written, names), nearest) << written;
  EXPECT_EQ(Suggestion("xyz", {"a", "b"}), "; there is a, b");
  EXPECT_EQ(Suggestion("xyz", {}), "");
  EXPECT_EQ(Suggestion("xyz", std::vector<std::string>(14, "a")),
            "; there is a, a, a, a, a, a, a, a and 6 more");
  EXPECT_EQ(Nearest(std::string(10000, 'a'), names), "");
}

}  // namespace
}  // namespace regulars::filter
