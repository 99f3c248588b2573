#include "loyalty-svc/domain/programme.h"

#include <gtest/gtest.h>

#include <functional>

#include "chassis/testing/status_matchers.h"

namespace regulars::loyalty {
namespace {

using testing::HasReason;
using testing::IsOk;

TEST(TierOfTest, TheHighestThatIsReached) {
  const std::vector<Tier> tiers = {{"silver", "", 100}, {"gold", "", 500}};
  EXPECT_EQ(TierOf(tiers, -1), "");
  EXPECT_EQ(TierOf(tiers, 99), "");
  EXPECT_EQ(TierOf(tiers, 100), "silver");
  EXPECT_EQ(TierOf(tiers, 499), "silver");
  EXPECT_EQ(TierOf(tiers, 500), "gold");
  EXPECT_EQ(TierOf({}, 500), "");
}

TEST(CheckProgrammeTest, Checks) {
  EXPECT_OK(CheckProgramme({}));
  EXPECT_OK(CheckProgramme({.tiers = {{"basic", "Basic", 0}, {"gold-2", "Gold", 1}}}));
  struct Case {
    const char* reason;
    std::function<void(Programme&)> spoil;
  };
  const Case cases[] = {
      {"TEXT_TOO_LONG", [](Programme& p) { p.display_name = std::string(101, 'x'); }},
      {"INVALID_TEXT", [](Programme& p) { p.display_name = "a\nb"; }},
      {"INVALID_TEXT", [](Programme& p) { p.display_name = "\xff"; }},
      {"INVALID_POINT_VALUE", [](Programme& p) { p.payment.point_value_micros = 0; }},
      {"INVALID_PERCENT", [](Programme& p) { p.payment.max_basket_percent = 101; }},
      {"INVALID_POINTS", [](Programme& p) { p.payment.min_points = -1; }},
      {"INVALID_POINTS", [](Programme& p) { p.payment.step_points = kMaxPaymentPoints + 1; }},
      {"TOO_MANY_TIERS", [](Programme& p) { p.tiers.resize(kMaxTiers + 1); }},
      {"INVALID_TIER_ID",
       [](Programme& p) {
         p.tiers = {{"Gold", "", 1}};
       }},
      {"INVALID_TIER_ID",
       [](Programme& p) {
         p.tiers = {{"gold-", "", 1}};
       }},
      {"INVALID_TIER_ID",
       [](Programme& p) {
         p.tiers = {{"", "", 1}};
       }},
      {"DUPLICATE_TIER",
       [](Programme& p) {
         p.tiers = {{"a", "", 1}, {"a", "", 2}};
       }},
      {"TIERS_NOT_ASCENDING",
       [](Programme& p) {
         p.tiers = {{"a", "", 2}, {"b", "", 2}};
       }},
      {"INVALID_POINTS",
       [](Programme& p) {
         p.tiers = {{"a", "", -1}};
       }},
  };
  for (const Case& c : cases) {
    Programme programme;
    c.spoil(programme);
    EXPECT_THAT(CheckProgramme(programme), HasReason(c.reason));
  }
}

}  // namespace
}  // namespace regulars::loyalty
