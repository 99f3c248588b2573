// The grammar and the checks: what text means, in canonical form, and what each mistake gets.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/filter/check.h"
#include "chassis/filter/parse.h"
#include "chassis/filter/thing.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::filter {
namespace {

using ::regulars::testing::HasReason;
using ::testing::HasSubstr;

// Whether a thing whose name consists of `letters` matches a filter of bare letters.
bool Matches(const Expression& expression, const std::string& letters) {
  const Thing thing{.name = letters};
  return Evaluate(expression, ThingRecord(thing), absl::UnixEpoch(), absl::UTCTimeZone()).matches;
}

TEST(Grammar, PrecedenceIsThatOfAip160) {
  struct Row {
    const char* filter;
    bool (*meaning)(bool a, bool b, bool c, bool d);
  };
  const Row rows[] = {
      {"", [](bool, bool, bool, bool) { return true; }},
      {"a", [](bool a, bool, bool, bool) { return a; }},
      {"a b", [](bool a, bool b, bool, bool) { return a && b; }},
      {"a AND b OR c", [](bool a, bool b, bool c, bool) { return a && (b || c); }},
      {"a OR b AND c", [](bool a, bool b, bool c, bool) { return (a || b) && c; }},
      {"a OR b AND c OR d", [](bool a, bool b, bool c, bool d) { return (a || b) && (c || d); }},
      {"a b AND c AND d", [](bool a, bool b, bool c, bool d) { return a && b && c && d; }},
      {"a b AND c OR d", [](bool a, bool b, bool c, bool d) { return a && b && (c || d); }},
      {"a b OR c", [](bool a, bool b, bool c, bool) { return a && (b || c); }},
      {"a OR b c", [](bool a, bool b, bool c, bool) { return (a || b) && c; }},
      {"a OR b OR c", [](bool a, bool b, bool c, bool) { return a || b || c; }},
      {"(a AND b) OR c", [](bool a, bool b, bool c, bool) { return (a && b) || c; }},
      {"(a b) OR (c d)", [](bool a, bool b, bool c, bool d) { return (a && b) || (c && d); }},
      {"NOT a OR b", [](bool a, bool b, bool, bool) { return !a || b; }},
      {"NOT a b", [](bool a, bool b, bool, bool) { return !a && b; }},
      {"-a b", [](bool a, bool b, bool, bool) { return !a && b; }},
      {"a -b", [](bool a, bool b, bool, bool) { return a && !b; }},
      {"a - b", [](bool a, bool b, bool, bool) { return a && !b; }},
      {"a NOT b", [](bool a, bool b, bool, bool) { return a && !b; }},
      {"NOT (a OR b)", [](bool a, bool b, bool, bool) { return !(a || b); }},
      {"NOT(a OR b)", [](bool a, bool b, bool, bool) { return !(a || b); }},
      {"-(a b)", [](bool a, bool b, bool, bool) { return !(a && b); }},
      {"NOT NOT a", [](bool a, bool, bool, bool) { return a; }},
      {"NOT -NOT a", [](bool a, bool, bool, bool) { return !a; }},
      {"NOT (NOT (a b)) c", [](bool a, bool b, bool c, bool) { return a && b && c; }},
      {"(a)(b)", [](bool a, bool b, bool, bool) { return a && b; }},
      {"((a OR (b)))AND(c)", [](bool a, bool b, bool c, bool) { return (a || b) && c; }},
      {"a\tOR\n\r b\xC2\xA0"
       "c",
       [](bool a, bool b, bool c, bool) { return (a || b) && c; }},
  };
  Schema schema = ThingSchema();
  schema.SearchIn("name");
  for (const Row& row : rows) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(row.filter, schema));
    for (int bits = 0; bits < 16; ++bits) {
      std::string letters;
      for (int i = 0; i < 4; ++i) letters += (bits >> i & 1) != 0 ? std::string(1, "abcd"[i]) : "";
      EXPECT_EQ(Matches(expression, letters), row.meaning(bits & 1, bits & 2, bits & 4, bits & 8))
          << row.filter << " of '" << letters << "'";
    }
  }
}

TEST(Grammar, CanonicalText) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"  ", ""},
      {"count=1", "count = 1"},
      {"count:1", "count = 1"},
      {"count != -9223372036854775808", "count != -9223372036854775808"},
      {"count >= 007", "count >= 7"},
      {"count < \"5\"", "count < 5"},
      {"(count<1)", "count < 1"},
      {"count<1 count>2", "count < 1 AND count > 2"},
      {"count<1 OR count>2 flag=true", "count < 1 OR count > 2 AND flag = true"},
      {"(count<1 AND count>2) OR flag=true", "(count < 1 AND count > 2) OR flag = true"},
      {"(count<1 OR count>2) OR flag=true", "count < 1 OR count > 2 OR flag = true"},
      {"(count<1 AND count>2) flag=true", "count < 1 AND count > 2 AND flag = true"},
      {"-count<1", "NOT count < 1"},
      {"NOT (count<1 OR count>2)", "NOT (count < 1 OR count > 2)"},
      {"NOT (NOT (count<1 flag=true)) name:*", "count < 1 AND flag = true AND name:*"},
      {"NOT (NOT (NOT flag=true))", "NOT flag = true"},
      {"flag != false", "flag != false"},
      {"box.flag = true", "box.flag = true"},
      {"\"box\" . 'flag' = true", "box.flag = true"},
      {"price > 0.10", "price > 0.1"},
      {"price = -9223372036854.775807", "price = -9223372036854.775807"},
      {"price > 2.50", "price > 2.5"},
      {"name = Bob", "name = \"Bob\""},
      {"name = 'Bob'", "name = \"Bob\""},
      {"name = com.example:x-1/2", "name = \"com.example:x-1/2\""},
      {"name = ann@example.com", "name = \"ann@example.com\""},
      {"name = Zoë", "name = \"Zoë\""},
      {"name = count", "name = \"count\""},
      {"name = \"it's\"", "name = \"it's\""},
      {"name = 'say \"x\"'", "name = \"say \\\"x\\\"\""},
      {R"(name = "a\\b\"c\'d\*e\n\t\r\u0000\u00e9\u20AC")",
       "name = \"a\\\\b\\\"c'd\\*e\\u000a\\u0009\\u000d\\u0000é€\""},
      {"name = foo*", "name = \"foo*\""},
      {"name = \"*foo\"", "name = \"*foo\""},
      {"name:*foo*", "name = \"*foo*\""},
      {"name != *foo", "name != \"*foo\""},
      {"name = \"\\*\"", "name = \"\\*\""},
      {"name = \"\\**\"", "name = \"\\**\""},
      {"name > \"a*\"", "name > \"a\\*\""},
      {"name = *", "name:*"},
      {"name = \"**\"", "name:*"},
      {"name:*", "name:*"},
      {"name = \"\"", "name = \"\""},
      {"title = \"ABC*\"", "title = \"abc*\""},
      {"title < ABC", "title < \"abc\""},
      {"color = RED", "color = RED"},
      {"color != \"DARK-BLUE\"", "color != \"DARK-BLUE\""},
      {"color = DARK-BLUE", "color = \"DARK-BLUE\""},
      {"color = \"OR\"", "color = \"OR\""},
      {"size:XL", "size = XL"},
      {"count:*", "count:*"},
      {"flag:*", "flag:*"},
      {"tags:vip", "tags:\"vip\""},
      {"tags:vip*", "tags:\"vip*\""},
      {"tags:*", "tags:*"},
      {"labels.material = oak", "labels.material = \"oak\""},
      {"labels.\"odd key\" = x", "labels.\"odd key\" = \"x\""},
      {"labels:material", "labels.material:*"},
      {"labels:\"odd key\"", "labels.\"odd key\":*"},
      {"labels.material:*", "labels.material:*"},
      {"labels.weight:42", "labels.weight = 42"},
      {"made > 2024-05-31T18:30:00Z", "made > 2024-05-31T18:30:00Z"},
      {"made>2024-05-31T18:30:00.250+02:00", "made > 2024-05-31T16:30:00.25Z"},
      {"made > \"2024-05-31t18:30:00z\"", "made > 2024-05-31T18:30:00Z"},
      {"made = 2024-02-29", "made = 2024-02-29"},
      {"made < now()", "made < now()"},
      {"made < ago(\"0s\")", "made < now()"},
      {"made < ago(90d)", "made < ago(\"90d\")"},
      {"made < ago('14d')", "made < ago(\"2w\")"},
      {"made < ago(\"36h\")", "made < ago(\"36h\")"},
      {"made < ago(\"1.5h\")", "made < ago(\"90m\")"},
      {"made < from_now(\"30m\")", "made < from_now(\"30m\")"},
      {"made >= today()", "made >= today()"},
      {"made >= today(0)", "made >= today()"},
      {"made = today(-1)", "made = today(-1)"},
      {"length > 20s", "length > 20s"},
      {"length = 1.2s", "length = 1.2s"},
      {"length = 120s", "length = 2m"},
      {"length = -1d", "length = -1d"},
      {"length = 0d", "length = 0s"},
      {"events(\"90d\").count > 3", "events(\"90d\").count > 3"},
      {"events(  \"7d\" ).total>=1.5", "events(\"1w\").total >= 1.5"},
      {"events(7d).last:*", "events(\"1w\").last:*"},
  };
  const Schema schema = ThingSchema();
  for (const auto& [filter, canonical] : rows) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(filter, schema));
    EXPECT_EQ(expression.ToText(), canonical) << filter;
    ASSERT_OK_AND_ASSIGN(const Expression again, Compile(canonical, schema));
    EXPECT_TRUE(again == expression) << filter;
  }
}

TEST(Grammar, NamesOfEnumsMayLackTheirPrefix) {
  const std::vector<EnumValue> states = {{"STATE_DONE", int64_t{1}}, {"FAILED", int64_t{2}}};
  Schema schema;
  schema.Add(Field{.name = "state", .type = Type::kEnum, .enum_values = states})
      .Add(Field{.name = "box.state", .type = Type::kEnum, .enum_values = states})
      .Add(Field{.name = "kind",
                 .type = Type::kEnum,
                 .enum_values = {{"KIND_A", int64_t{1}}, {"A", int64_t{2}}}})
      .Add(MapField{.name = "labels", .resolve = [&](absl::string_view) {
                      return std::optional(
                          Field{.name = "state", .type = Type::kEnum, .enum_values = states});
                    }});
  const std::pair<const char*, const char*> rows[] = {
      {"state = DONE", "state = STATE_DONE"},
      {"state = STATE_DONE", "state = STATE_DONE"},
      {"state != STATE_FAILED", "state != FAILED"},
      {"box.state:DONE", "box.state = STATE_DONE"},
      {"kind = A", "kind = A"},
      {"kind = KIND_A", "kind = KIND_A"},
      {"labels.state = STATE_DONE", "labels.state = STATE_DONE"},
  };
  for (const auto& [filter, canonical] : rows) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(filter, schema));
    EXPECT_EQ(expression.ToText(), canonical) << filter;
  }
  for (const char* filter : {"state = done", "state = STATE_", "state = \"\"", "state = DON",
                             "state = STATE_STATE_DONE", "box.state = BOX_DONE",
                             // What people declare has no prefix.
                             "labels.state = DONE", "labels.state = STATE_FAILED"}) {
    EXPECT_THAT(Compile(filter, schema), HasReason("INVALID_VALUE")) << filter;
  }
}

TEST(Grammar, DifferentFiltersAreNotEqual) {
  const char* filters[] = {"",
                           "count = 1",
                           "count = 2",
                           "count != 1",
                           "price = 0.000001",
                           "count = 1 OR count = 2",
                           "count = 1 count = 2",
                           "NOT count = 1",
                           "name = \"a\"",
                           "name = \"a*\"",
                           "name = \"a\\*\"",
                           "labels:weight",
                           "labels:material",
                           "events(1d).count = 1",
                           "events(2d).count = 1",
                           "made = today()",
                           "made = now()",
                           "made = 2024-01-01",
                           "made = 2024-01-01T00:00:00Z"};
  const Schema schema = ThingSchema();
  for (const char* a : filters) {
    for (const char* b : filters) {
      ASSERT_OK_AND_ASSIGN(const Expression left, Compile(a, schema));
      ASSERT_OK_AND_ASSIGN(const Expression right, Compile(b, schema));
      EXPECT_EQ(left == right, a == b) << a << " | " << b;
    }
  }
}

struct Mistake {
  const char* filter;
  int column;
  const char* reason;
  const char* words;  // Part of the message.
};

void ExpectMistakes(absl::Span<const Mistake> mistakes, const Schema& schema) {
  for (const Mistake& mistake : mistakes) {
    const absl::Status status = Compile(mistake.filter, schema).status();
    ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << mistake.filter;
    EXPECT_THAT(status, HasReason(mistake.reason)) << mistake.filter;
    const ErrorDetails details = GetErrorDetails(status);
    const std::string place = absl::StrCat("at column ", mistake.column, ": ");
    EXPECT_THAT(std::string(status.message()), HasSubstr("filter " + place)) << mistake.filter;
    EXPECT_THAT(std::string(status.message()), HasSubstr(mistake.words)) << mistake.filter;
    ASSERT_EQ(details.violations.size(), 1) << mistake.filter;
    EXPECT_EQ(details.violations[0].field, "filter");
    EXPECT_THAT(details.violations[0].description, HasSubstr(place));
    ASSERT_EQ(details.metadata.size(), 1);
    EXPECT_EQ(details.metadata[0].second, absl::StrCat(mistake.column));
  }
}

TEST(Mistakes, OfGrammar) {
  const Mistake mistakes[] = {
      {"count =", 8, "INVALID_FILTER", "a value is expected after '='"},
      {"count = )", 8, "INVALID_FILTER", "a value is expected after '='"},
      {"count == 1", 8, "INVALID_FILTER", "comparisons are = != < <= > >= and :"},
      {"count = AND flag = true", 9, "INVALID_FILTER", "if you mean the text itself"},
      {"count", 1, "INVALID_FILTER", "say what 'count' must be"},
      {"labels", 1, "INVALID_FILTER", "say what 'labels' must be"},
      {"labels.weight", 1, "INVALID_FILTER",
       "say what 'labels.weight' must be, such as labels.weight = value, or labels.weight:* for"},
      {"labels.wieght", 8, "UNKNOWN_FIELD", "did you mean 'weight'?"},
      {"Bob", 1, "INVALID_FILTER", "'Bob' stands alone"},
      {"\"Bob\"", 1, "INVALID_FILTER", "'Bob' stands alone"},
      {"count = 1 2.5", 11, "INVALID_FILTER", "'2.5' stands alone"},
      {"-30", 2, "INVALID_FILTER", "'30' stands alone"},
      {"(count = 1", 1, "INVALID_FILTER", "never closed"},
      {"count = 1)", 10, "INVALID_FILTER", "closes nothing"},
      {"()", 2, "INVALID_FILTER", "a condition is expected before this ')'"},
      {"(", 1, "INVALID_FILTER", "a condition is expected after '('"},
      {"AND", 1, "INVALID_FILTER", "a condition is expected before 'AND'"},
      {"count = 1 AND", 11, "INVALID_FILTER", "a condition is expected after 'AND'"},
      {"count = 1 AND OR flag = true", 15, "INVALID_FILTER", "expected before 'OR'"},
      {"count = 1 OR", 11, "INVALID_FILTER", "expected after 'OR'"},
      {"NOT", 1, "INVALID_FILTER", "expected after 'NOT'"},
      {"count = 1 -", 11, "INVALID_FILTER", "expected after '-'"},
      {"= 1", 1, "INVALID_FILTER", "a condition such as field = value is expected here, not '='"},
      {"count = 1 and flag = true", 11, "INVALID_FILTER", "write AND in capitals"},
      {"not flag = true", 1, "INVALID_FILTER", "write NOT in capitals"},
      {"count = 1 Or flag = true", 11, "INVALID_FILTER", "write OR in capitals"},
      {"count = (1 OR 2)", 9, "INVALID_FILTER", "(field = A OR field = B)"},
      {"price > 1,000", 10, "INVALID_FILTER", "write numbers without it"},
      {"tags:a, tags:b", 7, "INVALID_FILTER", "join conditions by AND or OR"},
      {"name = \"Bob", 8, "INVALID_FILTER", "this quotation mark is never closed"},
      {"name = O'Brien", 9, "INVALID_FILTER", "put the whole text in double quotes"},
      {"name = a\\b", 9, "INVALID_FILTER", "put the whole text in double quotes"},
      {"name = “Bob”", 8, "INVALID_FILTER", "use the plain \""},
      {"name = \"a\\x\"", 10, "INVALID_FILTER", "after a backslash"},
      {"name = \"a\\", 10, "INVALID_FILTER", "after a backslash"},
      {"name = \"\\u12\"", 9, "INVALID_FILTER", "four hexadecimal digits"},
      {"name = \"\\ud800\"", 9, "INVALID_FILTER", "four hexadecimal digits"},
      {"name = \"\\u+123\"", 9, "INVALID_FILTER", "four hexadecimal digits"},
      {"name = a\x01", 9, "INVALID_FILTER", "control character"},
      {"name = \"a\"count = 1", 11, "INVALID_FILTER", "put a space, AND or OR"},
      {"name = é\"a\"", 9, "INVALID_FILTER", "put the whole text in double quotes"},
      {"name = 'éé' = 1", 13, "INVALID_FILTER", "AND, OR or the end of the filter"},
      {"!flag = true", 1, "INVALID_FILTER", "write NOT"},
      {"labels. = 1", 8, "INVALID_FILTER", "a name is expected after the dot"},
      {".count = 1", 1, "INVALID_FILTER", "not '.'"},
      {"made < ago(\"1d\"", 11, "INVALID_FILTER", "never closed"},
      {"made < ago(,)", 12, "INVALID_FILTER", "a plain value such as"},
      {"made < ago(1d,)", 15, "INVALID_FILTER", "after the comma"},
      {"made < ago(1d 2d)", 15, "INVALID_FILTER", "a comma or ')'"},
      {"made < ago(now())", 15, "INVALID_FILTER", "a comma or ')'"},
      {"name = \xff", 8, "INVALID_FILTER", "not UTF-8"},
      {"name = \"\xed\xa0\x80\"", 9, "INVALID_FILTER", "not UTF-8"},
      {"name = \"\xc0\x80\"", 9, "INVALID_FILTER", "not UTF-8"},
      {"name = \"\xf4\x90\x80\x80\"", 9, "INVALID_FILTER", "not UTF-8"},
      {"name = \"\xe2\x82", 9, "INVALID_FILTER", "not UTF-8"},
  };
  ExpectMistakes(mistakes, ThingSchema());
}

TEST(Mistakes, OfFields) {
  const Mistake mistakes[] = {
      {"cuont = 1", 1, "UNKNOWN_FIELD", "there is no field 'cuont'; did you mean 'count'?"},
      {"count = 1 AND Flag = true", 15, "UNKNOWN_FIELD", "did you mean 'flag'?"},
      {"material = oak", 1, "UNKNOWN_FIELD", "did you mean 'labels.material'?"},
      {"total > 5", 1, "UNKNOWN_FIELD", "did you mean 'events(\"30d\").total'?"},
      {"zzzzzz = 1", 1, "UNKNOWN_FIELD", "there is no field 'zzzzzz'; there is box.flag, color,"},
      {"count.x = 1", 1, "UNKNOWN_FIELD", "there is no field 'count.x'"},
      {"\"box.flag\" = true", 1, "UNKNOWN_FIELD", "there is no field"},
      {"1 > count", 1, "UNKNOWN_FIELD", "put 'count' first"},
      {"labels.materail = oak", 8, "UNKNOWN_FIELD", "'labels' has no key 'materail'; did you mean"},
      {"labels:height", 8, "UNKNOWN_FIELD", "'labels' has no key 'height'"},
      {"labels.material.x = 1", 1, "UNKNOWN_FIELD", "there is no field 'labels.material.x'"},
      {"labels = oak", 1, "TYPE_MISMATCH", "write labels.key = value"},
      {"labels:*", 1, "TYPE_MISMATCH", "write labels.key = value"},
      {"events = 3", 1, "INVALID_FILTER", "needs a length of time: events(\"30d\").count"},
      {"events(\"90d\") > 3", 1, "INVALID_FILTER",
       "say which figure, such as events(\"90d\").count"},
      {"events.total = 3", 1, "INVALID_FILTER", "needs a length of time: events(\"30d\").total"},
      {"events(\"90d\")", 1, "INVALID_FILTER", "say which figure"},
      {"events(\"90d\").total", 1, "INVALID_FILTER", "such as events(\"90d\").total > 0"},
      {"events(\"90d\").counts > 3", 15, "UNKNOWN_FIELD",
       "'events' has no field 'counts'; did you"},
      {"event(\"90d\").count > 3", 1, "UNKNOWN_FUNCTION", "no function 'event'; did you mean"},
      {"events().count > 3", 1, "INVALID_VALUE", "one length of time"},
      {"events(90).count > 3", 8, "INVALID_VALUE", "such as events(\"30d\").count"},
      {"events(0d).count > 3", 8, "INVALID_VALUE", "one length of time"},
      {"events(-1d).count > 3", 8, "INVALID_VALUE", "one length of time"},
      {"events(1d, 2d).count > 3", 8, "INVALID_VALUE", "one length of time"},
      {"events(36526d).count > 3", 8, "INVALID_VALUE", "at most 36525d"},
      {"ago(\"90d\") > made", 1, "INVALID_FILTER", "put the field first"},
  };
  ExpectMistakes(mistakes, ThingSchema());
}

TEST(Mistakes, OfValues) {
  const Mistake mistakes[] = {
      {"count = many", 9, "TYPE_MISMATCH", "'count' is a whole number, such as 42, not 'many'"},
      {"count = 1.5", 9, "TYPE_MISMATCH", "is a whole number"},
      {"count = +1", 9, "TYPE_MISMATCH", "is a whole number"},
      {"count = \" 1\"", 9, "TYPE_MISMATCH", "is a whole number"},
      {"count = \"\"", 9, "TYPE_MISMATCH", "is a whole number"},
      {"count = -", 9, "TYPE_MISMATCH", "is a whole number"},
      {"count = 9223372036854775808", 9, "TYPE_MISMATCH", "is a whole number"},
      {"count = null", 9, "TYPE_MISMATCH", "for records without a value write NOT count:*"},
      {"count = *", 9, "TYPE_MISMATCH", "for any value at all write count:*"},
      {"price > 0.0000001", 9, "TYPE_MISMATCH", "at most 6 decimals"},
      {"price > 1e3", 9, "TYPE_MISMATCH", "is a number"},
      {"price > €5", 9, "TYPE_MISMATCH", "is a number"},
      {"flag = yes", 8, "TYPE_MISMATCH", "is true or false"},
      {"flag > true", 1, "TYPE_MISMATCH", "has no order"},
      {"color < RED", 1, "TYPE_MISMATCH", "has no order"},
      {"color = red", 9, "INVALID_VALUE", "'color' is never 'red'; did you mean 'RED'?"},
      {"size = HUGE", 8, "INVALID_VALUE", "'size' is never 'HUGE'; there is S, M, XL"},
      {"made > yesterday", 8, "TYPE_MISMATCH", "is a time, such as"},
      {"made > 90d", 8, "TYPE_MISMATCH", "write ago(\"90d\")"},
      {"made > 2024-02-30", 8, "TYPE_MISMATCH", "is a time"},
      {"made > 2024-13-01T00:00:00Z", 8, "TYPE_MISMATCH", "is a time"},
      {"made > 2024-05-31T18:30:00", 8, "TYPE_MISMATCH", "is a time"},
      {"made > 2024-05-31T18:30:00.1234567Z", 8, "TYPE_MISMATCH", "is a time"},
      {"made > 0000-05-31T18:30:00Z", 8, "TYPE_MISMATCH", "is a time"},
      {"made > 9999-12-31T23:59:59-01:00", 8, "TYPE_MISMATCH", "is a time"},
      {"made > infinite-future", 8, "TYPE_MISMATCH", "is a time"},
      {"made > now(1)", 12, "INVALID_VALUE", "now() takes nothing"},
      {"made > ago()", 8, "INVALID_VALUE", "ago takes one length of time"},
      {"made > ago(\"90 days\")", 12, "INVALID_VALUE", "such as ago(\"90d\")"},
      {"made > ago(-1d)", 12, "INVALID_VALUE", "ago takes"},
      {"made > ago(36526d)", 12, "INVALID_VALUE", "at most 36525d"},
      {"made > ago(99999999999999999999d)", 12, "INVALID_VALUE", "ago takes"},
      {"made > today(x)", 14, "INVALID_VALUE", "number of days"},
      {"made > today(36526)", 14, "INVALID_VALUE", "number of days"},
      {"made > agoo(1d)", 8, "UNKNOWN_FUNCTION", "no function 'agoo'; did you mean 'ago'?"},
      {"count > ago(1d)", 9, "TYPE_MISMATCH", "is a whole number"},
      {"name = Smith(Jr)", 8, "TYPE_MISMATCH", "put text that holds parentheses in double quotes"},
      {"length > 20", 10, "TYPE_MISMATCH", "is a length of time"},
      {"length > 1.0000001s", 10, "TYPE_MISMATCH", "is a length of time"},
      {"tags = vip", 1, "TYPE_MISMATCH", "tags:value"},
      {"tags != vip", 1, "TYPE_MISMATCH", "'tags' is a list"},
      {"name = a*b", 8, "INVALID_VALUE", "a * can stand at the start and at the end"},
      {"name = ***", 8, "INVALID_VALUE", "a * can stand"},
      {"name != *", 9, "INVALID_VALUE", "write NOT name:*"},
      {"tags:a*b", 6, "INVALID_VALUE", "a * can stand"},
  };
  ExpectMistakes(mistakes, ThingSchema());
}

TEST(Mistakes, WindowsObeyTheCall) {
  Schema schema;
  schema.Add(WindowCall{.name = "visits",
                        .fields = {{.name = "count", .type = Type::kInt64}},
                        .max_window = absl::Hours(24 * 7),
                        .step = absl::Hours(24)});
  const Mistake mistakes[] = {
      {"visits(36h).count = 1", 8, "INVALID_VALUE", "a multiple of 1d and at most 1w"},
      {"visits(8d).count = 1", 8, "INVALID_VALUE", "such as visits(\"1w\").count"},
  };
  ExpectMistakes(mistakes, schema);
  EXPECT_OK(Compile("visits(48h).count = 1", schema));
}

TEST(Search, LooksForTextAnywhereInTheDeclaredField) {
  Schema schema = ThingSchema();
  schema.SearchIn("title");
  const std::pair<const char*, const char*> rows[] = {
      {"Hugo", "title = \"*hugo*\""},
      {"Victor Hugo", "title = \"*victor*\" AND title = \"*hugo*\""},
      {"\"Victor Hugo\"", "title = \"*victor hugo*\""},
      {"Hug*", "title = \"hug*\""},
      {"2.5*", "title = \"2.5*\""},
      {"-30", "NOT title = \"*30*\""},
      {"count", "title = \"*count*\""},
      {"\"AND\"", "title = \"*and*\""},
      {"*", "title:*"},
      {"\"\"", "title:*"},
  };
  for (const auto& [filter, canonical] : rows) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(filter, schema));
    EXPECT_EQ(expression.ToText(), canonical) << filter;
  }
  schema.SearchIn("tags");
  ASSERT_OK_AND_ASSIGN(const Expression listed, Compile("vip", schema));
  EXPECT_EQ(listed.ToText(), "tags:\"*vip*\"");
}

TEST(Expression, ListsTheFieldsItReads) {
  const Schema schema = ThingSchema();
  ASSERT_OK_AND_ASSIGN(
      const Expression expression,
      Compile("labels.material = oak NOT (labels.weight > 1 OR count = 1 OR count = 2) OR tags:a",
              schema));
  std::vector<std::string> keys;
  for (const FieldRef& field : expression.Fields()) keys.push_back(field.key);
  EXPECT_EQ(expression.Fields().size(), 4);
  EXPECT_EQ(absl::StrJoin(keys, ","), ",,material,weight");
  EXPECT_TRUE(Expression().Fields().empty());
}

TEST(Expression, KnowsWhetherTimeMatters) {
  const std::pair<const char*, bool> rows[] = {
      {"", false},
      {"count = 1", false},
      {"made < 2024-01-01", false},
      {"made < 2024-01-01T00:00:00Z", false},
      {"made < now()", true},
      {"count = 1 OR NOT (flag = true made < ago(1d))", true},
      {"made = today(-3)", true},
      {"events(1d).count:*", true},
  };
  const Schema schema = ThingSchema();
  for (const auto& [filter, depends] : rows) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(filter, schema));
    EXPECT_EQ(expression.DependsOnTime(), depends) << filter;
  }
}

TEST(Expression, OutlivesItsSchema) {
  auto schema = std::make_unique<Schema>(ThingSchema());
  ASSERT_OK_AND_ASSIGN(const Expression expression, Compile("events(1d).count = 0", *schema));
  schema.reset();
  EXPECT_EQ(expression.ToText(), "events(\"1d\").count = 0");
}

}  // namespace
}  // namespace regulars::filter
