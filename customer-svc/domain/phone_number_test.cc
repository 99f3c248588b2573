#include "customer-svc/domain/phone_number.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>

#include <set>
#include <thread>

#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

struct Good {
  const char* name;
  const char* text;
  const char* region;
  const char* e164;
};

// Numbers of libphonenumber's documentation and tests, and of the plans' reserved ranges (Ofcom's
// numbers for drama, NANPA's 555-01xx).
const Good kGood[] = {
    {"e164", "+442079460000", "", "+442079460000"},
    {"e164_with_spaces", "+44 20 7946 0000", "", "+442079460000"},
    {"optional_zero", "+44 (0)20 7946 0000", "", "+442079460000"},
    {"british_national", "020 7946 0000", "GB", "+442079460000"},
    {"british_mobile", "07400 123456", "GB", "+447400123456"},
    {"international_prefix", "00 44 20 7946 0000", "DE", "+442079460000"},
    {"american", "(202) 555-0123", "US", "+12025550123"},
    {"american_with_one", "1-202-555-0123", "US", "+12025550123"},
    {"american_prefix", "011 44 20 7946 0000", "US", "+442079460000"},
    {"swiss", "044 668 18 00", "CH", "+41446681800"},
    {"italian_keeps_its_zero", "02 3661 8300", "IT", "+390236618300"},
    {"argentine_mobile", "011 15 8765-4321", "AR", "+5491187654321"},
    {"german", "030 123456", "DE", "+4930123456"},
    {"new_zealand", "03 331 6005", "NZ", "+6433316005"},
    {"full_width_digits", "\xEF\xBC\x8B\xEF\xBC\x94\xEF\xBC\x94 20 7946 0000", "", "+442079460000"},
    {"region_is_ignored_with_plus", "+12025550123", "DE", "+12025550123"},
    {"jersey_shares_plus_44", "07797 712345", "JE", "+447797712345"},
};

TEST(ReadPhone, ReadsNumbers) {
  for (const Good& row : kGood) {
    EXPECT_THAT(ReadPhone(row.text, row.region), IsOkAndHolds(row.e164)) << row.name;
  }
}

struct Bad {
  const char* name;
  std::string text;
  const char* region;
  const char* says;
};

const Bad kBad[] = {
    {"empty", "", "GB", "missing"},
    {"words", "call me", "GB", "not a phone number"},
    {"no_country", "020 7946 0000", "", "no country"},
    {"user_assigned_country", "020 7946 0000", "XX", "no country"},
    {"unknown_country_code", "+999 123456", "", "country code"},
    {"too_short", "+44 1", "", "too short"},
    {"more_digits_than_e164", "+49 4563 394563 3926", "", "too long"},
    {"too_short_to_exist", "+44 20 7946", "", "cannot exist"},
    {"too_long", "+44 20 7946 0000 0000 0000", "", "too long"},
    {"far_too_long", std::string(101, '1'), "GB", "too long"},
    {"unassigned_area", "+1 555 555 5555", "", "cannot exist"},
    {"extension", "+44 20 7946 0000 ext. 12", "", "extension"},
    {"nul", std::string("+442079460000\0", 14), "", "not a phone number"},
    {"invalid_utf8", "+44207946\xFF", "", "not a phone number"},
};

TEST(ReadPhone, RefusesAndSaysWhy) {
  for (const Bad& row : kBad) {
    EXPECT_THAT(ReadPhone(row.text, row.region),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)))
        << row.name;
  }
}

// Every region's example number, as dialled at home and from abroad.
TEST(ReadPhone, ReadsTheExampleOfEveryRegion) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  std::set<std::string> regions;
  util.GetSupportedRegions(&regions);
  ASSERT_GT(regions.size(), 200u);
  for (const std::string& region : regions) {
    PhoneNumber example;
    if (!util.GetExampleNumber(region, &example)) continue;
    std::string e164;
    util.Format(example, PhoneNumberUtil::E164, &e164);
    for (const auto format : {PhoneNumberUtil::NATIONAL, PhoneNumberUtil::INTERNATIONAL}) {
      std::string written;
      util.Format(example, format, &written);
      EXPECT_THAT(ReadPhone(written, region), IsOkAndHolds(e164)) << region << ": " << written;
    }
    PhoneNumber wrong;
    if (!util.GetInvalidExampleNumber(region, &wrong)) continue;
    util.Format(wrong, PhoneNumberUtil::INTERNATIONAL, &e164);
    EXPECT_FALSE(ReadPhone(e164, region).ok()) << region << ": " << e164;
  }
}

TEST(ReadPhone, ManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_THAT(ReadPhone("020 7946 0000", "GB"), IsOkAndHolds("+442079460000"));
        EXPECT_FALSE(ReadPhone("020 7946 0000", "").ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace regulars::customer
