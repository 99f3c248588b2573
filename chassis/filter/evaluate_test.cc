#include "chassis/filter/evaluate.h"

#include <gtest/gtest.h>

#include <limits>

#include "chassis/filter/check.h"
#include "chassis/filter/random_things.h"
#include "chassis/filter/thing.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::filter {
namespace {

const char kNow[] = "2024-05-31T12:00:00Z";

Evaluation Ask(absl::string_view filter, const Thing& thing, absl::string_view now = kNow) {
  const auto expression = Compile(filter, ThingSchema());
  EXPECT_OK(expression) << filter;
  if (!expression.ok()) return {};
  return Evaluate(*expression, ThingRecord(thing), At(now), Zone("Europe/London"));
}

// One thing against many filters: those that match and those that do not.
void ExpectMatches(const Thing& thing, std::initializer_list<const char*> matching,
                   std::initializer_list<const char*> others) {
  for (const char* filter : matching) EXPECT_TRUE(Ask(filter, thing).matches) << filter;
  for (const char* filter : others) EXPECT_FALSE(Ask(filter, thing).matches) << filter;
}

TEST(Evaluate, AMissingValueComparesFalseAndItsNotIsTrue) {
  ExpectMatches(
      Thing{},
      {"", "NOT count = 1", "NOT count != 1", "NOT count:*", "NOT name = \"*a\"", "NOT name:*",
       "NOT flag = true", "NOT flag = false", "NOT made < now()", "NOT made = today()",
       "NOT color = RED", "NOT tags:a", "NOT tags:*", "NOT labels:material",
       "NOT labels.material != oak", "NOT (count = 1 OR count != 1)", "events(1d).count = 0",
       "NOT events(1d).total >= 0", "NOT (events(1d).last = today() OR flag:*)"},
      {"count = 1", "count != 1", "count < 1", "count >= 1", "count:*", "name = \"\"", "name != a",
       "name < a", "flag != true", "made < now()", "made != today()", "color != RED", "tags:a",
       "tags:*", "labels:material", "labels.weight != 1", "events(1d).total != 0",
       "events(1d).total:*", "length >= 0s"});
}

TEST(Evaluate, Numbers) {
  const Thing thing{.flag = false,
                    .count = std::numeric_limits<int64_t>::max(),
                    .price = int64_t{9950000},
                    .color = int64_t{3},
                    .size = std::string("medium"),
                    .length = int64_t{90000000}};
  ExpectMatches(thing,
                {"flag = false",
                 "flag != true",
                 "flag:false",
                 "count = 9223372036854775807",
                 "count > 9223372036854775806",
                 "count >= 9223372036854775807",
                 "count:*",
                 "price = 9.95",
                 "price = 9.950000",
                 "price > 9.949999",
                 "price < 10",
                 "price != 9",
                 "color = DARK-BLUE",
                 "color != RED",
                 "color:*",
                 "size = M",
                 "size:M",
                 "size != S",
                 "length = 90s",
                 "length = 1.5m",
                 "length < 91s",
                 "length > 1m"},
                {"flag = true", "flag != false", "count < 9223372036854775807",
                 "count != 9223372036854775807", "price < 9.95", "price = 9.950001", "color = RED",
                 "color != DARK-BLUE", "size = S", "length > 90s"});
}

TEST(Evaluate, Text) {
  const Thing thing{.name = std::string("a*B\0é%_", 8), .title = "grün"};
  ExpectMatches(thing,
                {"name = \"a\\*B\\u0000é%_\"",
                 "name = \"a*\"",
                 "name = \"*_\"",
                 "name = \"*B*\"",
                 "name = \"*\\u0000é*\"",
                 "name = \"a\\**\"",
                 "name = \"*%_\"",
                 "name > a",
                 "name > \"a*\"",
                 "name < b",
                 "name < é",
                 "name >= \"a\\*B\"",
                 "name != a",
                 "name != \"b*\"",
                 "name:*",
                 "name = \"*a*\"",
                 "title = GRün",
                 "title:gr*",
                 "title != grau",
                 "title > G"},
                {"name = \"a\\*b\\u0000é%_\"", "name = \"A*\"", "name = \"*b*\"",
                 "name = \"a\\*B\"", "name = \"%\"", "name = \"a_*\"", "name != \"a*\"",
                 "name != \"*_\"", "name < a", "title = GRÜN", "title = gr", "name = \"\""});
}

TEST(Evaluate, Lists) {
  const Thing thing{.tags = {"", "vip", "a*b", std::string("x\0y", 3)}};
  ExpectMatches(thing,
                {"tags:vip", "tags:*", "tags:\"\"", "tags:v*", "tags:*ip", "tags:*i*",
                 "tags:\"a\\*b\"", "tags:\"x\\u0000y\"", "NOT tags:VIP"},
                {"tags:vi", "tags:VIP", "tags:x", "tags:b*", "NOT tags:vip"});
}

TEST(Evaluate, Maps) {
  const Thing thing{.labels = {{"material", "oak"}, {"weight", int64_t{7}}, {"odd key", ""}}};
  ExpectMatches(
      thing,
      {"labels:material", "labels.material:*", "labels.material = oak", "labels.material:oak",
       "labels.weight:7", "labels.weight > 6", "labels:\"odd key\"", "labels.\"odd key\" = \"\"",
       "NOT labels:checked"},
      {"labels.material = Oak", "labels.weight > 7", "labels:checked", "labels.checked < now()"});
}

TEST(Evaluate, Windows) {
  const Thing thing{.events = {{At("2024-05-30T12:00:00Z"), 5000000},
                               {At("2024-05-30T12:00:00.000001Z"), 2500000},
                               {At("2024-05-31T12:00:00Z"), -1000000},
                               {At("2024-06-01T00:00:00Z"), 100}}};
  ExpectMatches(thing,
                {"events(1d).count = 2", "events(1d).total = 1.5", "events(2d).count = 3",
                 "events(2d).total = 6.5", "events(1d).last = now()", "events(2d).last = today()"},
                {"events(1d).count = 3", "events(\"0.5d\").total >= 0"});
}

TEST(Evaluate, SaysWhenTheAnswerMayChange) {
  const Thing thing{
      .flag = true,
      .count = int64_t{5},
      .made = At("2024-05-31T11:30:00Z"),
      .used = At("2024-05-31T11:45:00Z"),
      .events = {{At("2024-05-31T11:00:00Z"), 1000000}, {At("2024-05-31T11:50:00Z"), 1000000}}};
  struct Row {
    const char* filter;
    bool matches;
    const char* next_change;  // Empty: never.
  };
  const Row rows[] = {
      {"", true, ""},
      {"count = 5", true, ""},
      {"made < ago(1h)", false, "2024-05-31T12:30:00.000001Z"},
      {"NOT made < ago(1h)", true, "2024-05-31T12:30:00.000001Z"},
      // False for good whatever the other side does, and true likewise.
      {"made < ago(1h) AND count = 6", false, ""},
      {"made < ago(1h) OR count = 5", true, ""},
      {"made < ago(1h) AND count = 5", false, "2024-05-31T12:30:00.000001Z"},
      // Both must turn before an AND does; the first suffices for an OR.
      {"made < ago(1h) AND used < ago(1h)", false, "2024-05-31T12:45:00.000001Z"},
      {"made < ago(1h) OR used < ago(1h)", false, "2024-05-31T12:30:00.000001Z"},
      {"made > ago(1h) AND used > ago(1h)", true, "2024-05-31T12:30:00Z"},
      {"made > ago(1h) OR used > ago(1h)", true, "2024-05-31T12:45:00Z"},
      {"NOT (made > ago(1h) OR used > ago(1h))", false, "2024-05-31T12:45:00Z"},
      {"made > 2024-05-30", true, ""},
      {"made = today()", true, "2024-05-31T23:00:00Z"},
      {"events(1h).count = 1", true, "2024-05-31T12:50:00Z"},
      {"events(90m).count = 2", true, "2024-05-31T12:30:00Z"},
      {"events(1h).total = 1", true, "2024-05-31T12:50:00Z"},
      {"events(5m).count = 0", true, ""},
  };
  for (const Row& row : rows) {
    const Evaluation answer = Ask(row.filter, thing);
    EXPECT_EQ(answer.matches, row.matches) << row.filter;
    const absl::Time expected =
        *row.next_change == '\0' ? absl::InfiniteFuture() : At(row.next_change);
    EXPECT_EQ(answer.next_change, expected) << row.filter;
  }
}

TEST(Evaluate, CutsNowToWholeMicroseconds) {
  const Thing thing{.made = At("2024-05-31T12:00:00Z")};
  ASSERT_OK_AND_ASSIGN(const Expression expression, Compile("made = now()", ThingSchema()));
  const absl::Time now = At(kNow) + absl::Nanoseconds(999);
  EXPECT_TRUE(Evaluate(expression, ThingRecord(thing), now, absl::UTCTimeZone()).matches);
}

// Between now and next_change the answer must not change, however closely one looks.
TEST(Evaluate, TheAnswerStandsUntilNextChange) {
  const Schema schema = ThingSchema();
  Random random(SeedForTest());
  int changes = 0;
  for (int i = 0; i < 6000; ++i) {
    const Thing thing = random.NextThing(1);
    const std::string filter = random.NextTimeFilter();
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(filter, schema));
    const absl::TimeZone zone = random.NextZone();
    const auto ask = [&](absl::Time now) {
      return Evaluate(expression, ThingRecord(thing), now, zone);
    };
    absl::Time now = random.NextNow();
    for (int step = 0; step < 12; ++step) {
      const Evaluation answer = ask(now);
      ASSERT_GT(answer.next_change, now) << filter;
      const absl::Time until = std::min(answer.next_change, now + absl::Hours(24 * 40));
      for (int sample = 0; sample < 25; ++sample) {
        const absl::Time then = random.Between(now, until);
        ASSERT_EQ(ask(then).matches, answer.matches) << filter << " from " << now << " at " << then;
      }
      ASSERT_EQ(ask(until - absl::Microseconds(1)).matches, answer.matches) << filter << " " << now;
      changes += ask(until).matches == answer.matches ? 0 : 1;
      now = until;
    }
  }
  EXPECT_GT(changes, 600);  // The walks met changes.
}

}  // namespace
}  // namespace regulars::filter
