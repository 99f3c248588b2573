// Both backends against each other, on an in-memory database that only this test knows.
#include "chassis/filter/sql.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/check.h"
#include "chassis/filter/check.h"
#include "chassis/filter/parse.h"
#include "chassis/filter/random_things.h"
#include "chassis/filter/sql_leaf.h"
#include "chassis/filter/thing.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::filter {
namespace {

constexpr int kThings = 24;
constexpr int kFilters = 2500;

// Things in tables.
class Database {
 public:
  Database() {
    CHECK(sqlite3_open(":memory:", &db_) == SQLITE_OK);
    CHECK(sqlite3_exec(db_, kThingTables, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~Database() { sqlite3_close(db_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void Insert(const Thing& t) {
    const Value id = t.id;
    Run({"INSERT INTO thing VALUES (?,?,?,?,?,?,?,?,?,?,?)",
         {id, t.flag, t.count, t.price, t.name, t.title, t.color, t.size, t.made, t.used,
          t.length}});
    for (const std::string& tag : t.tags) Run({"INSERT INTO tag VALUES (?,?)", {id, tag}});
    for (const auto& [key, value] : t.labels) {
      const bool text = std::holds_alternative<std::string>(value);
      Run({"INSERT INTO label VALUES (?,?,?,?)",
           {id, key, text ? value : Value(), text ? Value() : value}});
    }
    for (const auto& [time, amount] : t.events) {
      Run({"INSERT INTO event VALUES (?,?,?)", {id, time, amount}});
    }
  }

  // The rows of a query, columns joined by '|'; an error's message as the only row.
  std::vector<std::string> Run(const SqlFragment& query) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, query.sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      return {sqlite3_errmsg(db_)};
    }
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> guard(statement, sqlite3_finalize);
    CHECK(sqlite3_bind_parameter_count(statement) == static_cast<int>(query.parameters.size()));
    for (size_t i = 0; i < query.parameters.size(); ++i) {
      Bind(statement, static_cast<int>(i) + 1, query.parameters[i]);
    }
    std::vector<std::string> rows;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      std::vector<std::string> columns;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        columns.emplace_back(text == nullptr ? "NULL" : text);
      }
      rows.push_back(absl::StrJoin(columns, "|"));
    }
    return rows;
  }

 private:
  static void Bind(sqlite3_stmt* statement, int i, const Value& value) {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      sqlite3_bind_int64(statement, i, *number);
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      sqlite3_bind_int(statement, i, *flag ? 1 : 0);
    } else if (const auto* time = std::get_if<absl::Time>(&value)) {
      sqlite3_bind_int64(statement, i, absl::ToUnixMicros(*time));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      sqlite3_bind_text(statement, i, text->data(), static_cast<int>(text->size()),
                        SQLITE_TRANSIENT);
    }
  }

  sqlite3* db_ = nullptr;
};

SqlFragment Query(absl::string_view before, SqlFragment condition, absl::string_view after = "") {
  condition.sql = absl::StrCat(before, condition.sql, after);
  return condition;
}

TEST(Sql, AgreesWithEvaluateOnRandomTrees) {
  Random random(SeedForTest());
  Database database;
  std::vector<Thing> things;
  for (int id = 0; id < kThings; ++id) {
    things.push_back(random.NextThing(id));
    database.Insert(things.back());
  }
  const Schema schema = ThingSchema();
  int matches = 0;
  for (int i = 0; i < kFilters; ++i) {
    const std::string filter = random.NextFilter();
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(filter, schema));
    const absl::Time now = random.NextNow();
    const absl::TimeZone zone = random.NextZone();
    std::vector<std::string> selected, values;
    for (const Thing& thing : things) {
      const bool match = Evaluate(expression, ThingRecord(thing), now, zone).matches;
      if (match) selected.push_back(absl::StrCat(thing.id));
      values.push_back(absl::StrCat(thing.id, match ? "|1" : "|0"));
    }
    matches += static_cast<int>(selected.size());
    const SqlCondition condition = ToSql(expression, now, zone);
    // As a condition and as a value, which is never NULL.
    const auto rows =
        database.Run(Query("SELECT t.id FROM thing t WHERE ", condition, " ORDER BY t.id"));
    ASSERT_EQ(rows, selected) << filter << "\n" << condition.sql;
    const auto each = database.Run(Query("SELECT t.id, (", condition, ") FROM thing t ORDER BY 1"));
    ASSERT_EQ(each, values) << filter << "\n" << condition.sql;
    // What is printed means the same.
    ASSERT_OK_AND_ASSIGN(const Expression again, Compile(expression.ToText(), schema));
    ASSERT_TRUE(again == expression) << filter << "\n" << expression.ToText();
    ASSERT_EQ(again.ToText(), expression.ToText());
  }
  // Neither always nor never: the cases say something.
  EXPECT_GT(matches, kThings * kFilters / 5);
  EXPECT_LT(matches, kThings * kFilters * 4 / 5);
}

TEST(Sql, IsWrittenWithParameters) {
  struct Row {
    const char* filter;
    const char* sql;
    size_t parameters;
  };
  const Row rows[] = {
      {"", "TRUE", 0},
      {"count = 1", "(t.count IS NOT NULL AND t.count = ?)", 1},
      {"NOT count = 1", "(t.count = ?) IS NOT TRUE", 1},
      {"count:*", "t.count IS NOT NULL", 0},
      {"NOT count:*", "t.count IS NULL", 0},
      {"name = \"x' OR 1=1 --\"", "(t.name IS NOT NULL AND t.name = ?)", 1},
      {"name = a*", "(t.name IS NOT NULL AND t.name >= ? AND t.name < ?)", 2},
      {"name = *a",
       "(t.name IS NOT NULL AND length(CAST(t.name AS BLOB)) >= ? AND substr(CAST(t.name AS BLOB), "
       "?) = CAST(? AS BLOB))",
       3},
      {"name = *a*", "(t.name IS NOT NULL AND instr(t.name, ?) > 0)", 1},
      {"tags:a", "EXISTS (SELECT 1 FROM tag g WHERE g.thing_id = t.id AND (g.tag = ?))", 1},
      {"NOT tags:*",
       "NOT EXISTS (SELECT 1 FROM tag g WHERE g.thing_id = t.id AND (g.tag IS NOT NULL))", 0},
      {"made < now()", "(t.made IS NOT NULL AND t.made < ?)", 1},
      {"made = today()", "(t.made IS NOT NULL AND t.made BETWEEN ? AND ?)", 2},
      {"labels.weight > 1",
       "((SELECT l.number FROM label l WHERE l.thing_id = t.id AND l.key = ?) > ?) IS TRUE", 2},
      {"events(1d).count = 0",
       "((SELECT COUNT(*) FROM event e WHERE e.thing_id = t.id AND e.time > ? AND e.time <= ?) = "
       "?) IS TRUE",
       3},
      {"count:* AND (name:* OR made:*)",
       "(t.name IS NOT NULL OR t.made IS NOT NULL) AND t.count IS NOT NULL", 0},
      {"NOT (count:* AND name:*)", "t.count IS NULL OR t.name IS NULL", 0},
  };
  const Schema schema = ThingSchema();
  for (const Row& row : rows) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(row.filter, schema));
    const SqlCondition condition =
        ToSql(expression, At("2024-05-31T12:00:00Z"), Zone("Europe/London"));
    EXPECT_EQ(condition.sql, row.sql) << row.filter;
    EXPECT_EQ(condition.parameters.size(), row.parameters) << row.filter;
  }
}

TEST(Sql, BindsTheEdgesOfTimes) {
  const absl::Time day_start = At("2024-05-30T23:00:00Z"), day_end = At("2024-05-31T23:00:00Z");
  const absl::Time now = At("2024-05-31T12:00:00Z");
  const absl::Duration tick = absl::Microseconds(1);
  struct Row {
    const char* filter;
    const char* predicate;
    std::vector<Value> parameters;
  };
  const Row rows[] = {
      {"made = today()", "BETWEEN ? AND ?", {day_start, day_end - tick}},
      {"made != today()", "NOT BETWEEN ? AND ?", {day_start, day_end - tick}},
      {"made < today()", "< ?", {day_start}},
      {"made <= today()", "< ?", {day_end}},
      {"made > today()", ">= ?", {day_end}},
      {"made >= today()", ">= ?", {day_start}},
      {"made = now()", "BETWEEN ? AND ?", {now, now}},
      {"made < now()", "< ?", {now}},
      {"made <= now()", "< ?", {now + tick}},
      {"made > ago(1h)", ">= ?", {now - absl::Hours(1) + tick}},
      {"made >= ago(1h)", ">= ?", {now - absl::Hours(1)}},
  };
  for (const Row& row : rows) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(row.filter, ThingSchema()));
    const SqlCondition condition =
        ToSql(expression, now + absl::Nanoseconds(999), Zone("Europe/London"));
    EXPECT_EQ(condition.sql, absl::StrCat("(t.made IS NOT NULL AND t.made ", row.predicate, ")"));
    EXPECT_EQ(condition.parameters, row.parameters) << row.filter;
  }
}

TEST(Sql, LetsIndexesServe) {
  Database database;
  for (const char* filter : {"name = Bob", "name = Bo*", "made < ago(1d)", "made = today()",
                             "count > 3 AND name = Bob AND NOT flag = true"}) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(filter, ThingSchema()));
    const auto plan =
        database.Run(Query("EXPLAIN QUERY PLAN SELECT t.id FROM thing t WHERE ",
                           ToSql(expression, absl::UnixEpoch(), absl::UTCTimeZone())));
    EXPECT_THAT(absl::StrJoin(plan, "\n"), ::testing::HasSubstr(" INDEX thing_")) << filter;
  }
}

TEST(Sql, PrefixRangesEndAtTheNextCharacter) {
  const std::pair<const char*, const char*> rows[] = {
      {"a", "b"},
      {"az", "a{"},
      {"\x7F", "\xC2\x80"},
      {"a\xC3\xBF", "a\xC4\x80"},
      {"\xDF\xBF", "\xE0\xA0\x80"},
      {"\xED\x9F\xBF", "\xEE\x80\x80"},  // U+D7FF, then the surrogates are left out.
      {"\xEF\xBF\xBF", "\xF0\x90\x80\x80"},
      {"a\xF4\x8F\xBF\xBF", "b"},  // U+10FFFF is the last.
      {"\xF4\x8F\xBF\xBF", ""},
      {"", ""},
  };
  for (const auto& [prefix, after] : rows) EXPECT_EQ(AfterPrefix(prefix), after) << prefix;
}

// The shapes that press hardest on an SQL parser: the longest and the deepest filters there can be.
TEST(Sql, TheDatabaseReadsEveryFilterThatCompiles) {
  std::vector<std::string> filters;
  std::string chain = "tags:a", alternating = "tags:a";
  while (chain.size() + 7 <= kMaxFilterBytes) chain += " tags:a";
  filters.push_back(chain);
  // On the left, on the right and in the middle, each level an AND and an OR.
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {"(", " OR count=1) AND count=2"},
           {"count=2 AND (count=1 OR ", ")"},
           {"count=2 count=1 OR NOT (", " count=3 OR count=4)"},
           {"tags:a OR NOT(tags:b ", " tags:c tags:d)"},
       }) {
    std::string nested = "tags:deep";
    for (int i = 0; i < kMaxFilterDepth; ++i) nested = absl::StrCat(before, nested, after);
    filters.push_back(nested);
  }
  // A tree of two branches at each level, as deep as the length allows.
  std::function<std::string(int)> tree = [&](int depth) -> std::string {
    if (depth == 0) return "tags:a";
    return absl::StrCat("(", tree(depth - 1), depth % 2 ? " OR " : " ", tree(depth - 1), ")");
  };
  filters.push_back(tree(9));
  // Two deep branches with wide lists at every level.
  const std::string wide = "count=1 count=2 OR count=3 count=4 OR count=5";
  std::string branch = "tags:a";
  for (int i = 0; i < 24; ++i) branch = absl::StrCat("NOT (", wide, " OR (", branch, "))");
  filters.push_back(absl::StrCat(branch, " OR ", branch));
  Database database;
  database.Insert(Thing{.id = 1});
  const Schema schema = ThingSchema();
  for (const std::string& filter : filters) {
    ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(filter, schema));
    const SqlCondition condition = ToSql(expression, absl::UnixEpoch(), absl::UTCTimeZone());
    const bool match =
        Evaluate(expression, ThingRecord(Thing{.id = 1}), absl::UnixEpoch(), absl::UTCTimeZone())
            .matches;
    EXPECT_EQ(database.Run(Query("SELECT (", condition, ") FROM thing t")),
              std::vector<std::string>{match ? "1" : "0"})
        << filter.substr(0, 200);
    EXPECT_EQ(database.Run(Query("SELECT t.id FROM thing t WHERE ", condition)).size(), match);
  }
}

}  // namespace
}  // namespace regulars::filter
