#include "gateway/transcode/well_known.h"

#include <gtest/gtest.h>

#include <vector>

namespace regulars::gateway {
namespace {

TEST(Timestamps, ReadAndWritten) {
  const struct {
    const char* text;
    int64_t seconds;
    int32_t nanos;
    const char* written;
  } rows[] = {
      {"1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"},
      {"1972-01-01T10:00:20.021Z", 63108020, 21000000, "1972-01-01T10:00:20.021Z"},
      {"1972-01-01T10:00:20.0210Z", 63108020, 21000000, "1972-01-01T10:00:20.021Z"},
      {"0001-01-01T00:00:00Z", -62135596800, 0, "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", 253402300799, 999999999, "9999-12-31T23:59:59.999999999Z"},
      {"1969-12-31T23:59:59.5Z", -1, 500000000, "1969-12-31T23:59:59.500Z"},
      {"2024-02-29T12:00:00.000001Z", 1709208000, 1000, "2024-02-29T12:00:00.000001Z"},
      {"2024-02-29T13:30:00+01:30", 1709208000, 0, "2024-02-29T12:00:00Z"},
      {"2024-02-29T04:00:00-08:00", 1709208000, 0, "2024-02-29T12:00:00Z"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    int64_t seconds = 1;
    int32_t nanos = 1;
    EXPECT_TRUE(ParseTimestamp(row.text, &seconds, &nanos));
    EXPECT_EQ(seconds, row.seconds);
    EXPECT_EQ(nanos, row.nanos);
    std::string out;
    EXPECT_TRUE(AppendTimestamp(seconds, nanos, &out));
    EXPECT_EQ(out, std::string("\"") + row.written + "\"");
  }
}

TEST(Timestamps, Refused) {
  for (const char* text : {"",
                           "2024-02-29",
                           "2023-02-29T00:00:00Z",
                           "2024-13-01T00:00:00Z",
                           "2024-00-01T00:00:00Z",
                           "2024-01-00T00:00:00Z",
                           "2024-01-32T00:00:00Z",
                           "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z",
                           "2024-01-01T00:00:60Z",
                           "2024-01-01T00:00:00",
                           "2024-01-01 00:00:00Z",
                           "2024-01-01t00:00:00z",
                           "2024-01-01T00:00:00.Z",
                           "2024-01-01T00:00:00.1234567890Z",
                           "2024-01-01T00:00:00+0100",
                           "2024-01-01T00:00:00+24:00",
                           "2024-01-01T00:00:00ZZ",
                           "0000-12-31T23:59:59Z",
                           "10000-01-01T00:00:00Z",
                           "0001-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "24-01-01T00:00:00Z",
                           "+024-01-01T00:00:00Z"}) {
    int64_t seconds = 0;
    int32_t nanos = 0;
    EXPECT_FALSE(ParseTimestamp(text, &seconds, &nanos)) << text;
  }
  std::string out;
  EXPECT_FALSE(AppendTimestamp(253402300800, 0, &out));
  EXPECT_FALSE(AppendTimestamp(-62135596801, 0, &out));
  EXPECT_FALSE(AppendTimestamp(0, -1, &out));
  EXPECT_FALSE(AppendTimestamp(0, 1000000000, &out));
}

TEST(Durations, ReadAndWritten) {
  const struct {
    const char* text;
    int64_t seconds;
    int32_t nanos;
    const char* written;
  } rows[] = {
      {"0s", 0, 0, "0s"},
      {"1s", 1, 0, "1s"},
      {"-1.5s", -1, -500000000, "-1.500s"},
      {"-0.25s", 0, -250000000, "-0.250s"},
      {"3.000001s", 3, 1000, "3.000001s"},
      {"0.000000001s", 0, 1, "0.000000001s"},
      {"315576000000s", 315576000000, 0, "315576000000s"},
      {"-315576000000s", -315576000000, 0, "-315576000000s"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    int64_t seconds = 1;
    int32_t nanos = 1;
    EXPECT_TRUE(ParseDuration(row.text, &seconds, &nanos));
    EXPECT_EQ(seconds, row.seconds);
    EXPECT_EQ(nanos, row.nanos);
    std::string out;
    EXPECT_TRUE(AppendDuration(seconds, nanos, &out));
    EXPECT_EQ(out, std::string("\"") + row.written + "\"");
  }
}

TEST(Durations, Refused) {
  for (const char* text :
       {"", "s", "1", "1 s", "1.s", ".5s", "+1s", "--1s", "1m", "1e3s", "1.1234567890s",
        "315576000001s", "315576000000.1s", "99999999999999999999999s", "1ss"}) {
    int64_t seconds = 0;
    int32_t nanos = 0;
    EXPECT_FALSE(ParseDuration(text, &seconds, &nanos)) << text;
  }
  std::string out;
  EXPECT_FALSE(AppendDuration(1, -1, &out));
  EXPECT_FALSE(AppendDuration(-1, 1, &out));
  EXPECT_FALSE(AppendDuration(315576000001, 0, &out));
  EXPECT_FALSE(AppendDuration(0, 1000000000, &out));
}

TEST(MaskPaths, BothWays) {
  const struct {
    const char* json;
    const char* path;
    const char* written;
  } rows[] = {
      {"name", "name", "name"},
      {"displayName", "display_name", "displayName"},
      {"display_name", "display_name", "displayName"},
      {"a.bC.dEF", "a.b_c.d_e_f", "a.bC.dEF"},
      {"*", "*", "*"},
      {"emails.*.address", "emails.*.address", "emails.*.address"},
      {"attributes.`Odd Key.x`", "attributes.`Odd Key.x`", "attributes.`Odd Key.x`"},
      {"a_B", "a__b", "a_B"},
      {"address_2.line", "address_2.line", "address_2.line"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.json);
    std::string path;
    EXPECT_TRUE(ParseMaskPath(row.json, &path));
    EXPECT_EQ(path, row.path);
    std::string out;
    AppendMaskPath(path, &out);
    EXPECT_EQ(out, row.written);
  }
  // What a service says is sent as it is rather than not at all.
  for (const char* path : {"fooBar", "x_", "with space"}) {
    std::string out = "before,";
    AppendMaskPath(path, &out);
    EXPECT_EQ(out, std::string("before,") + path);
  }
}

TEST(MaskPaths, Refused) {
  for (const char* json : {"", ".", "a.", ".a", "a..b", "a b", "a/b", "`open", "\xC3\xA9"}) {
    std::string path;
    EXPECT_FALSE(ParseMaskPath(json, &path)) << json;
  }
}

}  // namespace
}  // namespace regulars::gateway
