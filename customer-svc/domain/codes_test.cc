// Countries, languages, time zones, days: codes that others keep.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "customer-svc/domain/country.h"
#include "customer-svc/domain/locale_rules.h"

namespace regulars::customer {
namespace {

using ::testing::Optional;

// tzdata ships the list of ISO 3166-1.
TEST(IsCountry, KnowsExactlyTheListOfIso3166) {
  std::ifstream file("/usr/share/zoneinfo/iso3166.tab");
  if (!file) GTEST_SKIP() << "this machine has no iso3166.tab";
  std::set<std::string> codes = {"EU"};
  for (char second = 'A'; second <= 'Z'; ++second) codes.insert(std::string("X") + second);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') codes.insert(line.substr(0, 2));
  }
  ASSERT_GT(codes.size(), 249u);
  for (char first = 'A'; first <= 'Z'; ++first) {
    for (char second = 'A'; second <= 'Z'; ++second) {
      const std::string code = {first, second};
      EXPECT_EQ(IsCountry(code), codes.contains(code)) << code;
    }
  }
}

TEST(IsCountry, TakesUpperCaseLettersOnly) {
  for (const char* code : {"", "G", "gb", "GBR", "G1", "\xC3\x84", "ZZ", "AA", "  "}) {
    EXPECT_FALSE(IsCountry(code)) << code;
  }
}

struct Language {
  const char* name;
  const char* tag;
  const char* canonical;  // Null: refused.
};

// RFC 5646, sections 2.1.1 and appendix A.
const Language kLanguages[] = {
    {"language", "de", "de"},
    {"region", "en-GB", "en-GB"},
    {"case", "EN-gb", "en-GB"},
    {"script", "zh-hant", "zh-Hant"},
    {"script_and_region", "sr-Latn-RS", "sr-Latn-RS"},
    {"number_region", "es-419", "es-419"},
    {"variant", "de-CH-1996", "de-CH-1996"},
    {"private_use", "de-x-shop", "de-x-shop"},
    {"three_letters", "gsw", "gsw"},
    {"empty", "", nullptr},
    {"underscore", "en_GB", nullptr},
    {"one_letter", "e", nullptr},
    {"word", "english", nullptr},
    {"unknown_two_letters", "xq", nullptr},
    {"hyphen_at_end", "en-", nullptr},
    {"two_hyphens", "en--GB", nullptr},
    {"subtag_too_long", "en-abcdefghij", nullptr},
    {"space", "en GB", nullptr},
    {"too_long", "en-x-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd", nullptr},
};

TEST(CanonicalLanguage, OneFormOfEachTag) {
  for (const Language& row : kLanguages) {
    if (row.canonical != nullptr) {
      EXPECT_THAT(CanonicalLanguage(row.tag), Optional(std::string(row.canonical))) << row.name;
    } else {
      EXPECT_EQ(CanonicalLanguage(row.tag), std::nullopt) << row.name;
    }
  }
  EXPECT_EQ(CanonicalLanguage(absl::string_view("en\0GB", 5)), std::nullopt);
}

TEST(IsTimeZone, TakesNamesOfTheIanaDatabase) {
  for (const char* name : {"UTC", "Europe/London", "America/Argentina/Buenos_Aires", "Asia/Kolkata",
                           "Etc/GMT+5", "Europe/Kyiv", "America/Port-au-Prince"}) {
    EXPECT_TRUE(IsTimeZone(name)) << name;
  }
  for (const char* name : {"",
                           "Europe",
                           "Europe/",
                           "Europe/Atlantis",
                           "europe/london",
                           "London",
                           "+01:00",
                           "UTC+1",
                           "/etc/localtime",
                           "../zoneinfo/UTC",
                           "Europe/../UTC",
                           "posix/UTC",
                           "right/UTC",
                           "localtime",
                           "posixrules",
                           "leapseconds",
                           "tzdata.zi",
                           "zone.tab",
                           "iso3166.tab",
                           "file:UTC",
                           "Fixed/UTC+01:00:00",
                           "libc:localtime"}) {
    EXPECT_FALSE(IsTimeZone(name)) << name;
  }
  EXPECT_FALSE(IsTimeZone(absl::string_view("UTC\0", 4)));
}

TEST(IsBirthday, TakesDaysWithAndWithoutAYear) {
  const absl::CivilDay today(2024, 5, 31);
  for (const char* text :
       {"1985-06-30", "2024-05-31", "2000-02-29", "0001-01-01", "--06-30", "--02-29", "--12-31"}) {
    EXPECT_TRUE(IsBirthday(text, today)) << text;
  }
  for (const char* text :
       {"", "2024-06-01", "1985-6-30", "1985-02-29", "1985-13-01", "1985-00-10", "1985-01-00",
        "0000-01-01", "85-06-30", "1985-06-30T00:00:00Z", "--02-30", "--6-30", "---06-30", "--06-3",
        "19850630", "30.06.1985", "1985/06/30", "+985-06-30", "1985-+6-30"}) {
    EXPECT_FALSE(IsBirthday(text, today)) << text;
  }
}

TEST(ParseDay, ReadsWhatFormatDayWrites) {
  for (const absl::CivilDay day : {absl::CivilDay(1, 1, 1), absl::CivilDay(1970, 1, 1),
                                   absl::CivilDay(2024, 2, 29), absl::CivilDay(9999, 12, 31)}) {
    EXPECT_THAT(ParseDay(FormatDay(day)), Optional(day));
  }
  EXPECT_EQ(FormatDay(absl::CivilDay(7, 8, 9)), "0007-08-09");
}

}  // namespace
}  // namespace regulars::customer
