#include "gateway/store/attempts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "gateway/store/schema.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::TempStore;

const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);

TEST(AttemptsStoreTest, CountersComeBackAsTheyWere) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Attempts found, attempts::Load(tx, "k"));
    EXPECT_EQ(found, Attempts());
    const Attempts free = {.failures = 2, .last_time = kTime};
    ABSL_RETURN_IF_ERROR(attempts::Save(tx, "k", free));
    ABSL_ASSIGN_OR_RETURN(found, attempts::Load(tx, "k"));
    EXPECT_EQ(found, free);
    const Attempts blocked = {9, kTime, kTime + absl::Minutes(1)};
    ABSL_RETURN_IF_ERROR(attempts::Save(tx, "k", blocked));
    ABSL_ASSIGN_OR_RETURN(found, attempts::Load(tx, "k"));
    EXPECT_EQ(found, blocked);
    ABSL_RETURN_IF_ERROR(attempts::Forget(tx, "k"));
    ABSL_ASSIGN_OR_RETURN(found, attempts::Load(tx, "k"));
    EXPECT_EQ(found, Attempts());
    return absl::OkStatus();
  }));
}

TEST(AttemptsStoreTest, ThereIsRoomForSoManyAndTheWorstStay) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    constexpr int64_t kRoom = 10;
    ABSL_RETURN_IF_ERROR(attempts::Save(tx, "target", {6, kTime, kTime}, kRoom));
    for (int i = 0; i < 50; ++i) {
      const Attempts one = {.failures = 1, .last_time = kTime + absl::Seconds(i)};
      ABSL_RETURN_IF_ERROR(attempts::Save(tx, absl::StrCat("k", i), one, kRoom));
    }
    ABSL_ASSIGN_OR_RETURN(const auto count,
                          tx.Sql("SELECT COUNT(*) FROM failed_attempt").First<int64_t>());
    EXPECT_EQ(*count, kRoom);
    ABSL_ASSIGN_OR_RETURN(const Attempts target, attempts::Load(tx, "target"));
    EXPECT_EQ(target.failures, 6) << "a flood of others must not clear it";
    ABSL_ASSIGN_OR_RETURN(const Attempts newest, attempts::Load(tx, "k49"));
    EXPECT_EQ(newest.failures, 1);
    return absl::OkStatus();
  }));
}

TEST(AttemptsStoreTest, OldOnesAreForgotten) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(attempts::Save(tx, "old", {.failures = 1, .last_time = kTime}));
    ABSL_RETURN_IF_ERROR(
        attempts::Save(tx, "new", {.failures = 1, .last_time = kTime + absl::Seconds(1)}));
    ABSL_RETURN_IF_ERROR(attempts::ForgetOld(tx, kTime, 100));
    ABSL_ASSIGN_OR_RETURN(const Attempts old, attempts::Load(tx, "old"));
    EXPECT_EQ(old.failures, 0);
    ABSL_ASSIGN_OR_RETURN(const Attempts fresh, attempts::Load(tx, "new"));
    EXPECT_EQ(fresh.failures, 1);
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace regulars::gateway
