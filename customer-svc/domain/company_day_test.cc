#include "customer-svc/domain/company_day.h"

#include <gtest/gtest.h>

#include <string>

#include "chassis/base/check.h"

namespace regulars::customer {
namespace {

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  CHECK(absl::ParseTime(absl::RFC3339_full, text, &time, &error));  // Written below.
  return time;
}

absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  CHECK(absl::LoadTimeZone(name, &zone));  // Comes with tzdata.
  return zone;
}

// Transitions as the tz database records them.
struct StartCase {
  std::string zone;
  absl::CivilDay day;
  std::string start;
};

TEST(CompanyDayTest, DaysStartWhenClocksFirstShowIt) {
  for (const StartCase& c : {
           StartCase{"UTC", absl::CivilDay{2024, 2, 29}, "2024-02-29T00:00:00Z"},
           StartCase{"Europe/London", absl::CivilDay{2024, 7, 1}, "2024-06-30T23:00:00Z"},
           // Clocks went from 00:00 to 01:00.
           StartCase{"Africa/Cairo", absl::CivilDay{2024, 4, 26}, "2024-04-25T22:00:00Z"},
           // From 00:01 back to 23:01 of the day before: midnight came twice.
           StartCase{"America/St_Johns", absl::CivilDay{2010, 11, 7}, "2010-11-07T02:30:00Z"},
       }) {
    EXPECT_EQ(DayStart(c.day, Zone(c.zone)), At(c.start)) << c.zone;
  }
}

struct TodayCase {
  std::string zone;
  std::string now;
  absl::CivilDay today;
};

TEST(CompanyDayTest, TodayNeverGoesBack) {
  for (const TodayCase& c : {
           TodayCase{"UTC", "2024-02-29T23:59:59.999999Z", absl::CivilDay{2024, 2, 29}},
           TodayCase{"UTC", "2024-03-01T00:00:00Z", absl::CivilDay{2024, 3, 1}},
           TodayCase{"Europe/London", "2024-06-30T22:59:59Z", absl::CivilDay{2024, 6, 30}},
           TodayCase{"Europe/London", "2024-06-30T23:00:00Z", absl::CivilDay{2024, 7, 1}},
           TodayCase{"America/St_Johns", "2010-11-07T02:29:59Z", absl::CivilDay{2010, 11, 6}},
           TodayCase{"America/St_Johns", "2010-11-07T02:30:00Z", absl::CivilDay{2010, 11, 7}},
           // Clocks show 23:30 of 6 November once more.
           TodayCase{"America/St_Johns", "2010-11-07T03:00:00Z", absl::CivilDay{2010, 11, 7}},
       }) {
    EXPECT_EQ(Today(At(c.now), Zone(c.zone)), c.today) << c.zone << " " << c.now;
  }
}

}  // namespace
}  // namespace regulars::customer
