#include "chassis/filter/moment.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/filter/thing.h"

namespace regulars::filter {
namespace {

constexpr absl::Duration kMicro = absl::Microseconds(1);

// The expected instants come from the IANA zone rules, by way of Python's zoneinfo.
TEST(Moment, DaysFollowTheZonesClocks) {
  struct Row {
    const char* zone;
    const char* day;
    const char* start;
    const char* end;
  };
  const Row rows[] = {
      {"UTC", "2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
      // 23 and 25 hours.
      {"Europe/London", "2024-03-31", "2024-03-31T00:00:00Z", "2024-03-31T23:00:00Z"},
      {"Europe/London", "2024-10-27", "2024-10-26T23:00:00Z", "2024-10-28T00:00:00Z"},
      // The clocks go from 24:00 to 01:00.
      {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
      // The hour after midnight comes twice.
      {"America/Havana", "2024-11-03", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"},
      // At 00:01 the clocks go back into the day before.
      {"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"},
      // The clocks go from 23:30 the day before to 00:30.
      {"America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z", "1919-04-01T04:00:00Z"},
      // There was no such day: Samoa crossed the date line.
      {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
      {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
  };
  for (const Row& row : rows) {
    const std::string name = absl::StrCat(row.zone, " ", row.day);
    const absl::TimeZone zone = Zone(row.zone);
    Moment day{.kind = Moment::Kind::kDay};
    ASSERT_TRUE(absl::ParseCivilTime(row.day, &day.day));
    const Span span = SpanOf(day, absl::UnixEpoch(), zone);
    EXPECT_EQ(span.start, At(row.start)) << name;
    EXPECT_EQ(span.end, At(row.end)) << name;
    if (span.start == span.end) continue;
    // today() is that day for as long as it lasts, and another just before and after.
    const Moment today{.kind = Moment::Kind::kFromToday};
    for (const absl::Time now : {span.start, span.start + absl::Minutes(45),
                                 span.start + absl::Hours(11), span.end - kMicro}) {
      EXPECT_EQ(SpanOf(today, now, zone).start, span.start) << name << " " << now;
      EXPECT_EQ(SpanOf(today, now, zone).end, span.end) << name << " " << now;
    }
    EXPECT_LT(SpanOf(today, span.start - kMicro, zone).start, span.start) << name;
    EXPECT_EQ(SpanOf(today, span.end, zone).start, span.end) << name;
    const Moment yesterday{.kind = Moment::Kind::kFromToday, .days = -1};
    EXPECT_EQ(SpanOf(yesterday, span.end, zone).start, span.start) << name;
  }
}

struct Change {
  const char* name;
  Moment moment;
  Comparator comparator;
  const char* x;
  const char* now;
  bool matches;
  const char* next_change;  // Empty: never.
};

void ExpectChanges(absl::Span<const Change> rows) {
  const absl::TimeZone zone = Zone("Europe/London");
  for (const Change& row : rows) {
    const absl::Time x = At(row.x);
    const MomentAnswer answer = Compare(x, row.comparator, row.moment, At(row.now), zone);
    EXPECT_EQ(answer.matches, row.matches) << row.name;
    if (*row.next_change == '\0') {
      EXPECT_EQ(answer.next_change, absl::InfiniteFuture()) << row.name;
      continue;
    }
    const absl::Time next = At(row.next_change);
    EXPECT_EQ(answer.next_change, next) << row.name;
    // The answer keeps until the last microsecond before, and then is the other one.
    EXPECT_EQ(Compare(x, row.comparator, row.moment, next - kMicro, zone).matches, row.matches)
        << row.name;
    EXPECT_NE(Compare(x, row.comparator, row.moment, next, zone).matches, row.matches) << row.name;
  }
}

TEST(Moment, AnswersChangeToTheMicrosecond) {
  const Moment hour_ago{.kind = Moment::Kind::kFromNow, .offset = -absl::Hours(1)};
  const Moment in_an_hour{.kind = Moment::Kind::kFromNow, .offset = absl::Hours(1)};
  const Moment instant{.instant = At("2024-05-31T12:00:00Z")};
  using enum Comparator;
  const Change rows[] = {
      {"x < ago, not yet", hour_ago, kLess, "2024-05-31T11:30:00Z", "2024-05-31T12:00:00Z", false,
       "2024-05-31T12:30:00.000001Z"},
      {"x <= ago, not yet", hour_ago, kLessEqual, "2024-05-31T11:30:00Z", "2024-05-31T12:00:00Z",
       false, "2024-05-31T12:30:00Z"},
      {"x < ago, for good", hour_ago, kLess, "2024-05-31T10:30:00Z", "2024-05-31T12:00:00Z", true,
       ""},
      {"x < ago, at the edge", hour_ago, kLess, "2024-05-31T11:00:00Z", "2024-05-31T12:00:00Z",
       false, "2024-05-31T12:00:00.000001Z"},
      {"x <= ago, at the edge", hour_ago, kLessEqual, "2024-05-31T11:00:00Z",
       "2024-05-31T12:00:00Z", true, ""},
      {"x > ago, still", hour_ago, kGreater, "2024-05-31T11:30:00Z", "2024-05-31T12:00:00Z", true,
       "2024-05-31T12:30:00Z"},
      {"x >= ago, still", hour_ago, kGreaterEqual, "2024-05-31T11:30:00Z", "2024-05-31T12:00:00Z",
       true, "2024-05-31T12:30:00.000001Z"},
      {"x = ago, before", hour_ago, kEqual, "2024-05-31T11:30:00Z", "2024-05-31T12:00:00Z", false,
       "2024-05-31T12:30:00Z"},
      {"x = ago, now", hour_ago, kEqual, "2024-05-31T11:00:00Z", "2024-05-31T12:00:00Z", true,
       "2024-05-31T12:00:00.000001Z"},
      {"x = ago, past", hour_ago, kEqual, "2024-05-31T10:00:00Z", "2024-05-31T12:00:00Z", false,
       ""},
      {"x != ago, now", hour_ago, kNotEqual, "2024-05-31T11:00:00Z", "2024-05-31T12:00:00Z", false,
       "2024-05-31T12:00:00.000001Z"},
      {"x < in an hour", in_an_hour, kLess, "2024-05-31T14:00:00Z", "2024-05-31T12:00:00Z", false,
       "2024-05-31T13:00:00.000001Z"},
      {"x < instant", instant, kLess, "2024-05-31T11:59:59.999999Z", "2024-05-31T10:00:00Z", true,
       ""},
      {"x <= instant", instant, kLessEqual, "2024-05-31T12:00:00Z", "2024-05-31T10:00:00Z", true,
       ""},
      {"x > instant", instant, kGreater, "2024-05-31T12:00:00Z", "2024-05-31T10:00:00Z", false, ""},
      {"x > instant by a tick", instant, kGreater, "2024-05-31T12:00:00.000001Z",
       "2024-05-31T10:00:00Z", true, ""},
      {"x >= instant", instant, kGreaterEqual, "2024-05-31T12:00:00Z", "2024-05-31T10:00:00Z", true,
       ""},
  };
  ExpectChanges(rows);
}

// London: summer time (UTC+1) from 2024-03-31 to 2024-10-27.
TEST(Moment, DaysChangeAtTheCompanysMidnight) {
  const Moment today{.kind = Moment::Kind::kFromToday};
  const Moment a_week_ago{.kind = Moment::Kind::kFromToday, .days = -7};
  const Moment day{.kind = Moment::Kind::kDay, .day = absl::CivilDay(2024, 5, 31)};
  using enum Comparator;
  const Change rows[] = {
      {"x = today", today, kEqual, "2024-05-31T09:00:00Z", "2024-05-31T12:00:00Z", true,
       "2024-05-31T23:00:00Z"},
      {"x = today, tomorrow", today, kEqual, "2024-06-01T09:00:00Z", "2024-05-31T12:00:00Z", false,
       "2024-05-31T23:00:00Z"},
      {"x = today, past", today, kEqual, "2024-05-30T09:00:00Z", "2024-05-31T12:00:00Z", false, ""},
      {"x < today, earlier today", today, kLess, "2024-05-31T09:00:00Z", "2024-05-31T12:00:00Z",
       false, "2024-05-31T23:00:00Z"},
      {"x <= today, tomorrow", today, kLessEqual, "2024-06-02T09:00:00Z", "2024-05-31T12:00:00Z",
       false, "2024-06-01T23:00:00Z"},
      {"x > today", today, kGreater, "2024-06-02T09:00:00Z", "2024-05-31T12:00:00Z", true,
       "2024-06-01T23:00:00Z"},
      {"x >= today, at midnight", today, kGreaterEqual, "2024-05-30T23:00:00Z",
       "2024-05-31T12:00:00Z", true, "2024-05-31T23:00:00Z"},
      {"x >= a week ago, into summer time", a_week_ago, kGreaterEqual, "2024-03-28T12:00:00Z",
       "2024-03-30T12:00:00Z", true, "2024-04-04T23:00:00Z"},
      {"x >= a week ago, out of it", a_week_ago, kGreaterEqual, "2024-10-25T12:00:00Z",
       "2024-10-26T12:00:00Z", true, "2024-11-02T00:00:00Z"},
      {"x = a day", day, kEqual, "2024-05-30T23:00:00Z", "2024-05-31T12:00:00Z", true, ""},
      {"x = a day, just after", day, kEqual, "2024-05-31T23:00:00Z", "2024-05-31T12:00:00Z", false,
       ""},
      {"x <= a day, its end", day, kLessEqual, "2024-05-31T22:59:59.999999Z",
       "2024-05-31T12:00:00Z", true, ""},
      {"x > a day, its end", day, kGreater, "2024-05-31T22:59:59.999999Z", "2024-05-31T12:00:00Z",
       false, ""},
      {"x < a day, its start", day, kLess, "2024-05-30T22:59:59.999999Z", "2024-05-31T12:00:00Z",
       true, ""},
  };
  ExpectChanges(rows);
}

}  // namespace
}  // namespace regulars::filter
