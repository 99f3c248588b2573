// Numbers and times as files write them, and options that cannot be.
#include "customer-svc/domain/import_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "customer-svc/domain/country_names.h"
#include "customer-svc/domain/import_columns.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;

absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

// A time in RFC 3339, or "" for none.
std::string Show(std::optional<absl::Time> time) {
  return time ? absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", *time, absl::UTCTimeZone()) : "";
}

struct TimeCase {
  const char* name;
  const char* format;
  const char* zone;
  const char* text;
  const char* time;
};

const TimeCase kTimes[] = {
    {"the shop's form", "", "Europe/London", "2010-12-01 08:26:00", "2010-12-01T08:26:00Z"},
    {"summer", "", "Europe/London", "2011-07-01 08:26:00", "2011-07-01T07:26:00Z"},
    {"without seconds", "", "Europe/London", "2010-12-01 08:26", "2010-12-01T08:26:00Z"},
    {"a day", "", "Europe/Vienna", "2010-12-01", "2010-11-30T23:00:00Z"},
    {"RFC 3339", "", "Europe/Vienna", "2010-12-01T08:26:00Z", "2010-12-01T08:26:00Z"},
    {"an offset", "", "Europe/Vienna", "2010-12-01T08:26:00.25+02:00", "2010-12-01T06:26:00.25Z"},
    {"an offset west", "", "UTC", "2010-12-01 08:26:00 -0530", "2010-12-01T13:56:00Z"},
    {"hours of offset", "", "UTC", "2010-12-01T08:26:00+02", "2010-12-01T06:26:00Z"},
    {"blanks around", "", "UTC", "  2010-12-01 08:26:00 ", "2010-12-01T08:26:00Z"},
    // The clocks went from 1:00 to 2:00 on 27 March 2011, and from 2:00 to 1:00 on 30 October.
    {"skipped", "", "Europe/London", "2011-03-27 01:30:00", "2011-03-27T01:30:00Z"},
    {"twice", "", "Europe/London", "2011-10-30 01:30:00", "2011-10-30T00:30:00Z"},
    {"skipped, by a format", "%d.%m.%Y %H:%M", "Europe/London", "27.03.2011 01:30",
     "2011-03-27T01:30:00Z"},
    {"twice, by a format", "%d.%m.%Y %H:%M", "Europe/London", "30.10.2011 01:30",
     "2011-10-30T00:30:00Z"},
    {"a format", "%m/%d/%Y %H:%M", "UTC", "12/1/2010 8:26", "2010-12-01T08:26:00Z"},
    {"an offset, by a format", "%Y-%m-%dT%H:%M:%S%Ez", "Europe/Berlin", "2024-07-01T10:00:00+05:30",
     "2024-07-01T04:30:00Z"},
    {"Z, by a format", "%Y-%m-%dT%H:%M:%S%Ez", "Europe/Berlin", "2024-07-01T10:00:00Z",
     "2024-07-01T10:00:00Z"},
    {"fractions and Z, by a format", "%Y-%m-%dT%H:%M:%E*S%Ez", "Europe/Berlin",
     "2024-07-01T10:00:00.500Z", "2024-07-01T10:00:00.5Z"},
    {"an offset that is missing", "%Y-%m-%dT%H:%M:%S%Ez", "Europe/Berlin", "2024-07-01T10:00:00",
     ""},
    {"twelve hours", "%m/%d/%y %I:%M %p", "Europe/Berlin", "7/1/24 10:05 PM",
     "2024-07-01T20:05:00Z"},
    {"seconds since 1970", "%s", "Europe/Berlin", "1700000060", "2023-11-14T22:14:20Z"},
    {"a Z of words", "%d.%m.%Y, Zeit: %H:%M", "Europe/Berlin", "01.07.2024, Zeit: 10:00",
     "2024-07-01T08:00:00Z"},
    {"a week and its day", "%Y %U %w", "UTC", "2013 47 1", "2013-11-25T00:00:00Z"},
    {"no such second, by a format", "%Y-%m-%d %H:%M:%S", "UTC", "2010-12-01 23:59:60", ""},
    {"no such second, in short", "%y%m%d %T", "UTC", "600101 00:00:60", ""},
    {"no such second, before noon", "%d.%m.%y %I:%M:%S %p", "UTC", "01.06.60 11:59:60 AM", ""},
    {"no such second, 61", "%Y-%m-%d %T", "UTC", "2010-12-01 23:59:61", ""},
    {"60 elsewhere", "%d.%m.%Y %H:%M:%E*S", "UTC", "01.06.1960 06:06:00.60",
     "1960-06-01T06:06:00.6Z"},
    {"60 of several numbers", "%E4Y%m%d%H%M%S", "UTC", "19600601060600", "1960-06-01T06:06:00Z"},
    {"a leap day", "", "UTC", "2012-02-29", "2012-02-29T00:00:00Z"},
    {"no leap day", "", "UTC", "2011-02-29", ""},
    {"no such month", "", "UTC", "2010-13-01", ""},
    {"no such hour", "", "UTC", "2010-12-01 24:00:00", ""},
    {"no such minute", "", "UTC", "2010-12-01 08:60:00", ""},
    {"no such second", "", "UTC", "2010-12-01 08:26:60", ""},
    {"another form", "", "UTC", "01.12.2010 08:26", ""},
    {"more behind it", "", "UTC", "2010-12-01 08:26:00 h", ""},
    {"an offset out of range", "", "UTC", "2010-12-01T08:26:00+24:00", ""},
    {"half an offset", "", "UTC", "2010-12-01T08:26:00+2", ""},
    {"a point without digits", "", "UTC", "2010-12-01T08:26:00.", ""},
    {"a number of days", "", "UTC", "40513.35139", ""},
    {"nothing", "", "UTC", "", ""},
    {"infinite", "%d.%m.%Y", "UTC", "infinite-future", ""},
    {"the first second", "", "UTC", "0001-01-01 00:00:00", "1-01-01T00:00:00Z"},
    {"before it in UTC", "", "Europe/Berlin", "0001-01-01 00:00:00", ""},
    {"the year 0", "", "UTC", "0000-12-31", ""},
    {"the last second", "", "UTC", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
    {"after it in UTC", "", "UTC", "9999-12-31T23:59:59-05:00", ""},
    {"a year of five digits, by a format", "%d.%m.%Y", "UTC", "01.01.20226", ""},
    {"the year 10000, by a format", "%d.%m.%Y", "UTC", "01.01.10000", ""},
    {"the year 0, by a format", "%d.%m.%Y", "UTC", "01.01.0000", ""},
    {"a year before it, by a format", "%d.%m.%Y", "UTC", "01.01.-5", ""},
};

TEST(ImportFormatTest, ReadsTimes) {
  for (const TimeCase& test : kTimes) {
    ASSERT_OK_AND_ASSIGN(const ImportFormat format,
                         ReadFormat({.time_format = test.format}, Zone(test.zone)));
    EXPECT_EQ(Show(format.ParseTime(test.text)), test.time) << test.name;
  }
}

TEST(ImportFormatTest, TheFilesOwnZoneGoesBeforeTheCompanys) {
  ASSERT_OK_AND_ASSIGN(const ImportFormat format,
                       ReadFormat({.time_zone = "Asia/Tokyo"}, Zone("Europe/London")));
  EXPECT_EQ(Show(format.ParseTime("2010-12-01 08:26")), "2010-11-30T23:26:00Z");
}

struct NumberCase {
  const char* text;
  const char* separator;
  // nullopt: refused.
  std::optional<int64_t> micros;
};

const NumberCase kNumbers[] = {
    {"2.55", "", 2'550'000},
    {" 6 ", "", 6'000'000},
    {"-0.000001", "", -1},
    {"2,55", ",", 2'550'000},
    {"2.55", ",", std::nullopt},
    {"2,55", "", std::nullopt},
    {"1,234.50", "", std::nullopt},
    {"1e3", "", std::nullopt},
    {"", "", std::nullopt},
    {"-", "", std::nullopt},
    {"six", "", std::nullopt},
    {"£5", "", std::nullopt},
    {"9223372036854.775807", "", 9'223'372'036'854'775'807},
    {"9223372036854.775808", "", std::nullopt},
    {"99999999999999999999999999999999999999999", "", std::nullopt},
};

TEST(ImportFormatTest, ReadsNumbers) {
  for (const NumberCase& test : kNumbers) {
    ASSERT_OK_AND_ASSIGN(const ImportFormat format,
                         ReadFormat({.decimal_separator = test.separator}, absl::UTCTimeZone()));
    const absl::StatusOr<int64_t> read = format.ParseMicros(test.text);
    EXPECT_EQ(read.ok() ? std::optional<int64_t>(*read) : std::nullopt, test.micros) << test.text;
  }
}

struct BadFormat {
  const char* name;
  CsvFormat format;
  const char* reason;
  const char* field;
};

const BadFormat kBadFormats[] = {
    {"a long delimiter", {.delimiter = ";;"}, "INVALID_OPTIONS", "csv.delimiter"},
    {"a letter as delimiter", {.delimiter = "x"}, "INVALID_OPTIONS", "csv.delimiter"},
    {"a quote as delimiter", {.delimiter = "\""}, "INVALID_OPTIONS", "csv.delimiter"},
    {"a charset that is none", {.charset = "klingon"}, "UNKNOWN_CHARSET", "csv.charset"},
    {"a separator", {.decimal_separator = "'"}, "INVALID_OPTIONS", "csv.decimal_separator"},
    {"a zone", {.time_zone = "Mars/Olympus"}, "INVALID_OPTIONS", "csv.time_zone"},
    {"a file", {.time_zone = "/dev/stdin"}, "INVALID_OPTIONS", "csv.time_zone"},
    {"a file by its scheme", {.time_zone = "file:/dev/stdin"}, "INVALID_OPTIONS", "csv.time_zone"},
    {"a folder above", {.time_zone = "../zoneinfo/UTC"}, "INVALID_OPTIONS", "csv.time_zone"},
    {"a format without a year", {.time_format = "%d.%m."}, "INVALID_OPTIONS", "csv.time_format"},
    {"a format of nothing", {.time_format = "today"}, "INVALID_OPTIONS", "csv.time_format"},
    {"a day of the year", {.time_format = "%Y %j"}, "INVALID_OPTIONS", "csv.time_format"},
    {"half of a clock", {.time_format = "%d.%m.%Y %I:%M"}, "INVALID_OPTIONS", "csv.time_format"},
    {"minutes of no hour", {.time_format = "%d.%m.%Y %M"}, "INVALID_OPTIONS", "csv.time_format"},
};

TEST(ImportFormatTest, RefusesOptionsThatCannotBe) {
  for (const BadFormat& test : kBadFormats) {
    const absl::Status refused = ReadFormat(test.format, absl::UTCTimeZone()).status();
    EXPECT_THAT(refused, HasReason(test.reason)) << test.name;
    const auto violations = GetErrorDetails(refused).violations;
    ASSERT_EQ(violations.size(), 1u) << test.name;
    EXPECT_EQ(violations[0].field, test.field) << test.name;
  }
}

TEST(ImportFormatTest, RefusesZonesThatWouldNotBeRead) {
  for (const char* format : {"%Y-%m-%d %H:%M:%S %Z", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z",
                             "%d.%m.%Y %R Z", "%H:%MZ %d.%m.%Y", "%Y-%m-%d %H:%M:%S %EZ"}) {
    const absl::Status refused =
        ReadFormat({.time_zone = "Europe/Berlin", .time_format = format}, absl::UTCTimeZone())
            .status();
    EXPECT_THAT(refused, HasReason("INVALID_OPTIONS")) << format;
    EXPECT_THAT(refused.message(), ::testing::HasSubstr("use %Ez")) << format;
  }
}

TEST(ImportFormatTest, HeadersThatAreNoTextSayWhereTheCharsetIsDeclared) {
  const std::pair<const char*, std::string> charsets[] = {
      {"",
       "the file is no CSV text: line 1: column 2 is not UTF-8: is the file in windows-1252? "
       "options.csv.charset says what it is in"},
      {"shift_jis",
       "the file is no CSV text: line 1: column 2 holds what the file's charset does "
       "not have; options.csv.charset says what it is in"},
      {"us-ascii",
       "the file is no CSV text: line 1: column 2 holds what the file's charset does "
       "not have; options.csv.charset says what it is in"},
  };
  for (const auto& [charset, message] : charsets) {
    ASSERT_OK_AND_ASSIGN(const ImportFormat format,
                         ReadFormat({.charset = charset}, absl::UTCTimeZone()));
    const absl::Status refused =
        OpenCsv(std::make_unique<csv::BufferSource>("a,\xFF\n"), format).status();
    EXPECT_THAT(refused, HasReason("NOT_TEXT"));
    EXPECT_EQ(refused.message(), message);
  }
}

TEST(ImportFormatTest, WholeNumbersLoseTheirDecimals) {
  const std::pair<const char*, const char*> texts[] = {
      {"17850.0", "17850"},   {"17850.00", "17850"}, {"17850", "17850"},
      {"17850.5", "17850.5"}, {"A1.0", "A1.0"},      {".0", ".0"},
      {"1.", "1."},           {"1.0.0", "1.0.0"},    {"", ""}};
  for (const auto& [text, number] : texts) EXPECT_EQ(WithoutDecimals(text), number) << text;
}

TEST(ImportFormatTest, CaseIsFolded) {
  const std::pair<const char*, const char*> texts[] = {
      {"Gift_0001_20", "gift_0001_20"}, {"GEBÜHR", "gebühr"}, {"Straße", "strasse"}};
  for (const auto& [text, folded] : texts) EXPECT_EQ(FoldCase(text), folded) << text;
}

struct CountryCase {
  const char* text;
  // nullopt: unknown.
  std::optional<std::string> code;
};

const CountryCase kCountries[] = {
    {"GB", "GB"},
    {"gb", "GB"},
    {"GBR", "GB"},
    {"United Kingdom", "GB"},
    {" united  KINGDOM ", "GB"},
    {"Côte d’Ivoire", "CI"},
    {"Cote d'Ivoire", "CI"},
    {"EU", "EU"},
    {"USA", "US"},
    {"EIRE", "IE"},
    {"Unspecified", ""},
    {"", ""},
    {"   ", ""},
    {"Germany", "AT"},
    {"Narnia", std::nullopt},
    {"ZZ", std::nullopt},
    {"Unspecified=", std::nullopt},
};

TEST(CountryNamesTest, FindsCountries) {
  // What the importer says goes before what everybody knows.
  ASSERT_OK_AND_ASSIGN(const CountryNames names,
                       CountryNames::Read({"Eire = ie", "Unspecified=", "Germany=AT"}));
  for (const CountryCase& test : kCountries)
    EXPECT_EQ(names.Find(test.text), test.code) << test.text;
}

TEST(CountryNamesTest, RefusesPairsThatAreNone) {
  for (const char* pair : {"", "EIRE", "=IE", "EIRE=IRL", "EIRE=ZZ"}) {
    EXPECT_THAT(CountryNames::Read({pair}), HasReason("INVALID_OPTIONS")) << pair;
  }
  EXPECT_THAT(CountryNames::Read({"EIRE=IE", "eire=IE"}), HasReason("INVALID_OPTIONS"));
  EXPECT_THAT(CountryNames::Read(std::vector<std::string>(1001, "a=IE")),
              HasReason("INVALID_OPTIONS"));
}

const ColumnRules& Rules() {
  static const ColumnRules& rules = *new ColumnRules{
      .is_field =
          [](absl::string_view name) { return name == "a" || name == "b" || name == "tags"; },
      .may_repeat = [](absl::string_view name) { return name == "tags"; },
      .needed = {"a"}};
  return rules;
}

struct ColumnCase {
  const char* name;
  std::vector<std::string> pairs;
  std::vector<std::string> header;
  // "field:column …", or the reason of the refusal.
  const char* found;
};

const ColumnCase kColumns[] = {
    {"by their own names", {}, {"b", "a"}, "b:0 a:1"},
    {"by their own names, whatever the case", {}, {"B", "Tags", "a"}, "b:0 tags:1 a:2"},
    {"two columns by their own names", {}, {"a", "A"}, "DUPLICATE_COLUMN"},
    {"mapped", {"X=a", "Y=b"}, {"Y", "X"}, "b:0 a:1"},
    {"blanks do not matter", {" X = a "}, {"X"}, "a:0"},
    {"a mapped column beats one of the name", {"X=a", "a="}, {"a", "X"}, "a:1"},
    {"a column whose field another one fills", {"X=a"}, {"a", "X"}, "UNKNOWN_COLUMN"},
    {"a column that is left out", {"X="}, {"X", "a"}, "a:1"},
    {"one that is left out need not be there", {"X="}, {"a"}, "a:0"},
    {"a column of no field", {}, {"a", "colour"}, "UNKNOWN_COLUMN"},
    {"a column with an equals sign", {"X=Y=a"}, {"X=Y"}, "a:0"},
    {"columns that may repeat",
     {"T1=tags", "T2=tags", "X=a"},
     {"T1", "X", "T2"},
     "tags:0 a:1 tags:2"},
    {"columns without a name", {}, {"", "a", ""}, "a:1"},
    {"no such field", {"X=c"}, {"X", "a"}, "UNKNOWN_FIELD"},
    {"no pair", {"X"}, {"X", "a"}, "INVALID_OPTIONS"},
    {"no column", {"=a"}, {"X", "a"}, "INVALID_OPTIONS"},
    {"a column mapped twice", {"X=a", "X=b"}, {"X"}, "DUPLICATE_COLUMN"},
    {"two columns for one field", {"X=a", "Y=a"}, {"X", "Y"}, "DUPLICATE_COLUMN"},
    {"a mapped column is not there", {"X=a", "Y=b"}, {"X"}, "MISSING_COLUMN"},
    {"a needed one is not there", {}, {"b"}, "MISSING_COLUMN"},
    {"case matters in what is mapped", {"x=a"}, {"X"}, "MISSING_COLUMN"},
};

std::string ShowColumns(const ColumnCase& test) {
  const auto mapping = ReadMapping(test.pairs, Rules());
  if (!mapping.ok()) return GetErrorDetails(mapping.status()).reason;
  const auto columns = FindColumns(*mapping, Rules(), test.header);
  if (!columns.ok()) return GetErrorDetails(columns.status()).reason;
  std::string shown;
  for (const auto& [field, column] : columns->all()) {
    absl::StrAppend(&shown, shown.empty() ? "" : " ", field, ":", column);
  }
  return shown;
}

TEST(ImportColumnsTest, FindsColumns) {
  for (const ColumnCase& test : kColumns) EXPECT_EQ(ShowColumns(test), test.found) << test.name;
}

}  // namespace
}  // namespace regulars::customer
