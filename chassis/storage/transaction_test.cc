// Changes within changes.
#include "chassis/storage/transaction.h"

#include <gtest/gtest.h>

#include <atomic>

#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL UNIQUE)"}};

class WithinTest : public ::testing::Test {
 protected:
  static absl::Status Put(Transaction& tx, int64_t value) {
    tx.Publish({.type = "put", .subject = "t"});
    return tx.Sql("INSERT INTO t VALUES (?)", value).Run();
  }

  int64_t Sum(const std::string& of) {
    int64_t sum = -1;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto row, db.Sql("SELECT " + of).First<int64_t>());
      sum = row.value_or(0);
      return absl::OkStatus();
    }));
    return sum;
  }
  int64_t Values() { return Sum("COALESCE(SUM(v), 0) FROM t"); }
  int64_t Events() { return Sum("COUNT(*) FROM feed"); }

  testing::TempStore store_{kMigrations};
};

TEST_F(WithinTest, WhatIsKeptStaysWithItsEvents) {
  EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(Put(tx, 1));
    ABSL_RETURN_IF_ERROR(
        tx.Within(tx.origin(), true, [](Transaction& inner) { return Put(inner, 2); }));
    return Put(tx, 4);
  }));
  EXPECT_EQ(Values(), 7);
  EXPECT_EQ(Events(), 3);
}

TEST_F(WithinTest, WhatIsNotKeptWasThereForItselfOnly) {
  EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(Put(tx, 1));
    return tx.Within(tx.origin(), false, [](Transaction& inner) -> absl::Status {
      ABSL_RETURN_IF_ERROR(Put(inner, 2));
      ABSL_ASSIGN_OR_RETURN(const auto sum, inner.Sql("SELECT SUM(v) FROM t").First<int64_t>());
      EXPECT_EQ(sum, 3);
      return absl::OkStatus();
    });
  }));
  EXPECT_EQ(Values(), 1);
  EXPECT_EQ(Events(), 1);
}

TEST_F(WithinTest, WhatFailsFailsAlone) {
  EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    EXPECT_THAT(tx.Within(tx.origin(), true,
                          [](Transaction& inner) -> absl::Status {
                            ABSL_RETURN_IF_ERROR(Put(inner, 2));
                            return NotFound("NOT_THERE", "not there");
                          }),
                testing::HasReason("NOT_THERE"));
    return Put(tx, 1);
  }));
  EXPECT_EQ(Values(), 1);
  EXPECT_EQ(Events(), 1);
}

TEST_F(WithinTest, AFailedStatementEndsTheWholeChange) {
  EXPECT_FALSE(store_
                   .Write([](Transaction& tx) -> absl::Status {
                     ABSL_RETURN_IF_ERROR(Put(tx, 1));
                     EXPECT_FALSE(tx.Within(tx.origin(), true, [](Transaction& inner) {
                                      return Put(inner, 1);
                                    }).ok());
                     return absl::OkStatus();
                   })
                   .ok());
  EXPECT_EQ(Values(), 0);
}

TEST_F(WithinTest, APieceInAnothersNameIsPartOfTheWhole) {
  const Origin other{
      .caller = std::make_shared<auth::Caller>(auth::Caller{.principal = "users/other"}),
      .correlation_id = "cause",
      .hops = 3};
  EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(Put(tx, 1));
    return tx.As(other, [&](Transaction& inner) {
      EXPECT_EQ(inner.caller().principal, "users/other");
      EXPECT_NE(inner.NewId(), tx.NewId());
      inner.Ring("bell");
      return Put(inner, 2);
    });
  }));
  EXPECT_EQ(Values(), 3);
  std::vector<std::string> events;
  EXPECT_OK(store_.Read([&](Snapshot& db) {
    return db.Sql("SELECT correlation_id, hops FROM feed ORDER BY position")
        .Each<std::string, int64_t>([&](const std::string& cause, int64_t hops) {
          events.push_back(absl::StrCat(cause, " ", hops));
        });
  }));
  EXPECT_EQ(events, (std::vector<std::string>{"test 0", "cause 3"}));
  // It has nothing to go back to: the whole fails with it.
  EXPECT_THAT(store_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(Put(tx, 4));
    return tx.As(other, [](Transaction&) { return NotFound("NOT_THERE", "not there"); });
  }),
              testing::HasReason("NOT_THERE"));
  EXPECT_EQ(Values(), 3);
}

TEST_F(WithinTest, BellsRingWhenWhatRangThemIsCommitted) {
  std::atomic<int> rung{0};
  std::atomic<int> others{0};
  store_->writer().OnRung("bell", [&] { ++rung; });
  store_->writer().OnRung("other", [&] { ++others; });
  const auto ring = [this](bool keep, absl::Status end) {
    return store_.Write([&](Transaction& tx) -> absl::Status {
      tx.Within(tx.origin(), keep, [](Transaction& inner) {
          inner.Ring("bell");
          return absl::OkStatus();
        }).IgnoreError();
      return end;
    });
  };
  EXPECT_OK(ring(true, absl::OkStatus()));
  EXPECT_EQ(rung, 1);
  EXPECT_OK(ring(false, absl::OkStatus()));
  EXPECT_FALSE(ring(true, absl::AbortedError("no")).ok());
  EXPECT_EQ(rung, 1);
  store_->writer().OnRung("bell", nullptr);
  EXPECT_OK(ring(true, absl::OkStatus()));
  EXPECT_EQ(rung, 1);
  EXPECT_EQ(others, 0);
}

TEST_F(WithinTest, ItsCallerIsItsOwn) {
  EXPECT_OK(store_.Write([](Transaction& tx) {
    const Origin other{.caller = std::make_shared<auth::Caller>(
                           auth::Caller{.principal = "users/other", .realms = {"leeds"}})};
    return tx.Within(other, true, [&](Transaction& inner) {
      EXPECT_EQ(inner.caller().principal, "users/other");
      EXPECT_EQ(tx.caller().principal, "users/test");
      EXPECT_EQ(inner.now(), tx.now());
      EXPECT_NE(inner.NewId(), tx.NewId());
      return absl::OkStatus();
    });
  }));
}

}  // namespace
}  // namespace regulars
