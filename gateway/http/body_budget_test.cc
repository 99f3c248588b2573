#include "gateway/http/body_budget.h"

#include <gtest/gtest.h>

#include <optional>

#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

TEST(BodyBudget, LetsInWhatHasRoomAndTakesItBack) {
  BodyBudget budget(/*limit=*/1000, /*small=*/10, "full");
  std::optional<BodyBudget::Claim> first(std::in_place, budget);
  BodyBudget::Claim second(budget);
  EXPECT_OK(first->Hold(600));
  EXPECT_OK(first->Hold(500)) << "it holds that much already";
  EXPECT_EQ(budget.used(), 600u);
  EXPECT_OK(second.Hold(400));
  EXPECT_THAT(second.Hold(401), HasReason("OVERLOADED"));
  EXPECT_EQ(budget.used(), 1000u) << "a refusal takes nothing";
  first.reset();
  EXPECT_EQ(budget.used(), 400u);
  EXPECT_OK(second.Hold(1000));
}

TEST(BodyBudget, SmallBodiesAreLetInAlways) {
  BodyBudget budget(/*limit=*/100, /*small=*/10, "full");
  BodyBudget::Claim large(budget);
  EXPECT_OK(large.Hold(100));
  BodyBudget::Claim small(budget);
  EXPECT_OK(small.Hold(10));
  EXPECT_THAT(small.Hold(11), HasReason("OVERLOADED"));
}

// Else it could never be answered.
TEST(BodyBudget, OneThatIsAloneIsLetIn) {
  BodyBudget budget(/*limit=*/100, /*small=*/10, "full");
  std::optional<BodyBudget::Claim> large(std::in_place, budget);
  EXPECT_OK(large->Hold(80));
  EXPECT_OK(large->Hold(500));
  BodyBudget::Claim second(budget);
  EXPECT_THAT(second.Hold(11), HasReason("OVERLOADED"));
  large.reset();
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_OK(second.Hold(500));
}

}  // namespace
}  // namespace regulars::gateway
