#include "chassis/storage/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <limits>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TempDir;

class StatementTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Connection::Open({.path = dir_.File("a store.db")});
    ASSERT_OK(opened);
    db_ = *std::move(opened);
    ASSERT_OK(
        db_->Script("CREATE TABLE t(id INTEGER PRIMARY KEY, i BIGINT, r DOUBLE, s TEXT, "
                    "b BLOB, UNIQUE (s))"));
  }

  TempDir dir_;
  std::unique_ptr<Connection> db_;
};

TEST_F(StatementTest, RoundTripsEveryKindOfValue) {
  const std::string nul("a\0b", 3);
  const std::string high = "\xff\xfe\x00z";
  const std::string megabyte(1 << 20, 'x');
  struct {
    const char* name;
    std::optional<int64_t> i;
    std::optional<double> r;
    std::optional<std::string> s;
    std::optional<Bytes> b;
  } const cases[] = {
      {"nulls", std::nullopt, std::nullopt, std::nullopt, std::nullopt},
      {"empty", 0, 0.0, "", Bytes{""}},
      {"largest", std::numeric_limits<int64_t>::max(), 1.7976931348623157e308, "ü€😀", Bytes{nul}},
      {"smallest", std::numeric_limits<int64_t>::min(), 5e-324, nul, Bytes{high}},
      {"beyond 32 bits and beyond doubles", 9007199254740993, -0.1, "'\";--", Bytes{"\xff"}},
      {"a megabyte", 1, 1.0, megabyte, Bytes{megabyte}},
      {"short after long", 2, 2.0, "x", Bytes{"y"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_OK(db_->Sql("DELETE FROM t").Run());
    ASSERT_OK(db_->Sql("INSERT INTO t(i, r, s, b) VALUES (?, ?, ?, ?)", c.i, c.r, c.s, c.b).Run());
    ASSERT_OK_AND_ASSIGN(auto row, db_->Sql("SELECT i, r, s, b FROM t")
                                       .First<std::optional<int64_t>, std::optional<double>,
                                              std::optional<std::string>, std::optional<Bytes>>());
    ASSERT_TRUE(row.has_value());
    const auto& [i, r, s, b] = *row;
    EXPECT_EQ(i, c.i);
    EXPECT_EQ(r, c.r);
    EXPECT_EQ(s, c.s);
    EXPECT_EQ(b, c.b);
    ASSERT_OK_AND_ASSIGN(
        auto types,
        db_->Sql("SELECT typeof(s), typeof(b) FROM t").First<std::string, std::string>());
    EXPECT_EQ(std::get<0>(*types), c.s ? "text" : "null");
    EXPECT_EQ(std::get<1>(*types), c.b ? "blob" : "null");
  }
}

TEST_F(StatementTest, TimesKeepMicrosecondsAndBoolsAreBools) {
  const absl::Time time = absl::FromUnixMicros(-1234567890123457);
  ASSERT_OK(db_->Sql("INSERT INTO t(i, r) VALUES (?, ?)", time, 0.5).Run());
  ASSERT_OK_AND_ASSIGN(auto back, db_->Sql("SELECT i FROM t").First<absl::Time>());
  EXPECT_EQ(back, time);
  ASSERT_OK_AND_ASSIGN(auto yes, db_->Sql("SELECT ?", true).First<bool>());
  EXPECT_EQ(yes, true);
}

TEST_F(StatementTest, NoRowIsNotAnError) {
  ASSERT_OK_AND_ASSIGN(auto row, db_->Sql("SELECT i FROM t WHERE id = ?", 7).First<int64_t>());
  EXPECT_EQ(row, std::nullopt);
}

TEST_F(StatementTest, NullWhereNoneIsExpectedIsAnError) {
  EXPECT_THAT(db_->Sql("SELECT NULL").First<int64_t>(), HasReason("UNEXPECTED_NULL"));
}

TEST_F(StatementTest, ConstraintsAreToldApart) {
  ASSERT_OK(
      db_->Script("CREATE TABLE c(t BIGINT REFERENCES t(id), n BIGINT NOT NULL, "
                  "CHECK (n > 0))"));
  ASSERT_OK(db_->Sql("INSERT INTO t(id, s) VALUES (1, 'x')").Run());
  EXPECT_THAT(db_->Sql("INSERT INTO t(s) VALUES ('x')").Run(), HasReason("ROW_EXISTS"));
  EXPECT_THAT(db_->Sql("INSERT INTO t(id) VALUES (1)").Run(), HasReason("ROW_EXISTS"));
  for (const char* sql : {"INSERT INTO c VALUES (9, 1)", "INSERT INTO c VALUES (1, 0)",
                          "INSERT INTO c VALUES (1, NULL)"}) {
    EXPECT_THAT(db_->Sql(sql).Run(), HasReason("CONSTRAINT_VIOLATED")) << sql;
  }
  EXPECT_TRUE(db_->failed());
}

TEST_F(StatementTest, BadSqlIsAnInternalError) {
  EXPECT_THAT(db_->Sql("SELEC 1").Run(), StatusIs(absl::StatusCode::kInternal));
}

TEST_F(StatementTest, FailuresShowNeitherSqlNorValues) {
  ASSERT_OK(
      db_->Sql("INSERT INTO t(i, s) VALUES (?, 'x')", std::numeric_limits<int64_t>::min()).Run());
  const std::string value = "ann@shop.example";
  const absl::Status failures[] = {
      db_->Sql("SELECT abs(i) FROM t WHERE s <> ?", value).First<int64_t>().status(),
      db_->Sql("SELEC 1").Run(),
      db_->Sql("SELECT NULL FROM t WHERE s <> ?", value).First<int64_t>().status(),
      db_->Sql("INSERT INTO t(s, i) VALUES ('x', 1)").Run(),
      db_->Sql("UPDATE t SET s = ? WHERE nothing = 1", value).Run(),
      db_->Script("CREATE TABLE t(i BIGINT)"),
  };
  for (const absl::Status& failed : failures) {
    EXPECT_FALSE(failed.ok());
    const std::string message(failed.message());
    for (const char* shown :
         {"SELEC", "INSERT", "UPDATE", "CREATE", "t.s", "table", "abs", "nothing", "ann@"}) {
      EXPECT_THAT(message, ::testing::Not(::testing::HasSubstr(shown)));
    }
  }
}

// Those who repeat what passes by itself must not take it for a fault of the statement.
// SQLite's own memory, of which one block may have at most so many bytes.
std::atomic<int> largest_block{std::numeric_limits<int>::max()};
sqlite3_mem_methods unlimited;

// While it lives, `largest_block` holds. No connection may be open as it begins and as it ends.
class LimitedMemory {
 public:
  LimitedMemory() {
    sqlite3_shutdown();
    EXPECT_EQ(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &unlimited), SQLITE_OK);
    sqlite3_mem_methods limited = unlimited;
    limited.xMalloc = [](int size) {
      return size > largest_block ? nullptr : unlimited.xMalloc(size);
    };
    limited.xRealloc = [](void* block, int size) {
      return size > largest_block ? nullptr : unlimited.xRealloc(block, size);
    };
    EXPECT_EQ(sqlite3_config(SQLITE_CONFIG_MALLOC, &limited), SQLITE_OK);
  }
  ~LimitedMemory() {
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_MALLOC, &unlimited);
  }
};

TEST(StatementMemoryTest, LackOfMemoryPasses) {
  const LimitedMemory limited;
  const TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto db, Connection::Open({.path = dir.File("store.db")}));
  ASSERT_OK(db->Script("CREATE TABLE t(i BIGINT); INSERT INTO t(i) VALUES (1)"));
  const char* sql = "SELECT length(randomblob(10000000)) FROM t";
  EXPECT_OK(db->Sql(sql).First<int64_t>());
  largest_block = 1'000'000;
  EXPECT_THAT(db->Sql(sql).First<int64_t>(), StatusIs(absl::StatusCode::kResourceExhausted));
  largest_block = std::numeric_limits<int>::max();
  EXPECT_OK(db->Sql(sql).First<int64_t>());
  EXPECT_THAT(db->Sql("SELECT i FROM t").Each<int64_t>([](int64_t) { throw std::bad_alloc(); }),
              HasReason("OUT_OF_MEMORY"));
}

TEST_F(StatementTest, WalksMayNestTheSameText) {
  ASSERT_OK(db_->Script("INSERT INTO t(i) VALUES (1), (2), (3)"));
  int pairs = 0;
  const char* sql = "SELECT i FROM t";
  ASSERT_OK(db_->Sql(sql).Each<int64_t>(
      [&](int64_t) { return db_->Sql(sql).Each<int64_t>([&](int64_t) { ++pairs; }); }));
  EXPECT_EQ(pairs, 9);
}

TEST_F(StatementTest, AWalkThatStopsEarlyHoldsNoTransaction) {
  ASSERT_OK(db_->Script("PRAGMA journal_mode=WAL; INSERT INTO t(i) VALUES (1), (2), (3)"));
  ASSERT_OK(db_->Sql("SELECT i FROM t").First<int64_t>());
  EXPECT_THAT(db_->Sql("SELECT i FROM t").Each<int64_t>([](int64_t) {
    return absl::CancelledError("enough");
  }),
              StatusIs(absl::StatusCode::kCancelled));
  // A checkpoint that truncates succeeds only when no statement reads any more.
  ASSERT_OK_AND_ASSIGN(
      auto busy, db_->Sql("PRAGMA wal_checkpoint(TRUNCATE)").First<int64_t, int64_t, int64_t>());
  EXPECT_EQ(std::get<0>(*busy), 0);
}

TEST_F(StatementTest, ManyTextsDoNotFillMemory) {
  for (int i = 0; i < 2000; ++i) {
    const std::string sql = "SELECT " + std::to_string(i);
    ASSERT_OK_AND_ASSIGN(auto got, db_->Sql(sql).First<int64_t>());
    EXPECT_EQ(got, i);
  }
}

TEST_F(StatementTest, ParametersCollectedAtRunTime) {
  const std::string text = "x";
  const std::vector<Parameter> parameters = {storage_internal::ToParameter(int64_t{4}),
                                             storage_internal::ToParameter(text)};
  ASSERT_OK_AND_ASSIGN(auto row,
                       db_->SqlWith("SELECT ?, ?", parameters).First<int64_t, std::string>());
  EXPECT_EQ(*row, std::make_tuple(int64_t{4}, std::string("x")));
}

}  // namespace
}  // namespace regulars
