// What `programme` and `quote` send, and what they refuse to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/error_text.h"
#include "cli/json.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kGet[] = "GET /api/loyalty/v1/programmes/main";
constexpr char kPatch[] = "PATCH /api/loyalty/v1/programmes/main";

class ProgrammeSetTest : public ::testing::Test {
 protected:
  ProgrammeSetTest() {
    world_.SignIn();
    world_.server.Answer(kGet, R"({"name": "programmes/main", "displayName": "Stars", "etag": "v7",
      "payment": {"pointValueMicros": "10000", "maxBasketPercent": 50, "minPoints": "100",
                  "stepPoints": "10"},
      "tiers": [{"tierId": "gold", "displayName": "Gold card", "thresholdPoints": "500"}]})");
    world_.server.Answer(kPatch, "{}");
  }
  // The body of the change that these flags make.
  nlohmann::json Sent(std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"programme", "set"});
    EXPECT_EQ(world_.Run(flags), kOk) << world_.err();
    EXPECT_EQ(world_.server.seen.back().call, kPatch);
    return nlohmann::json::parse(world_.server.seen.back().body);
  }

  FakeWorld world_;
};

TEST_F(ProgrammeSetTest, PaymentRulesThatAreNotGivenStay) {
  EXPECT_EQ(Sent({"--point-value", "0.02"}), nlohmann::json::parse(R"({"etag": "v7", "payment":
      {"pointValueMicros": "20000", "maxBasketPercent": 50, "minPoints": "100",
       "stepPoints": "10"}})"));
  EXPECT_EQ(Sent({"--max-basket-percent", "75", "--step-points", "5"}),
            nlohmann::json::parse(R"({"etag": "v7", "payment":
      {"pointValueMicros": "10000", "maxBasketPercent": 75, "minPoints": "100",
       "stepPoints": "5"}})"));
  EXPECT_THAT(world_.server.seen.back().query, HasSubstr("updateMask=payment&"));
}

TEST_F(ProgrammeSetTest, TiersKeepWhatPeopleCallThem) {
  EXPECT_EQ(Sent({"--tier", "silver=100", "--tier", "gold=900"}),
            nlohmann::json::parse(R"({"etag": "v7", "tiers": [
      {"tierId": "silver", "thresholdPoints": "100"},
      {"tierId": "gold", "displayName": "Gold card", "thresholdPoints": "900"}]})"));
  EXPECT_EQ(Sent({"--no-tiers"}), nlohmann::json::parse(R"({"etag": "v7", "tiers": []})"));
}

TEST_F(ProgrammeSetTest, WhatStandsAloneIsNotReadBefore) {
  EXPECT_EQ(Sent({"--name", "Points"}), nlohmann::json::parse(R"({"displayName": "Points"})"));
  EXPECT_EQ(world_.server.seen.size(), 1u);
}

struct AmountCase {
  const char* name;
  std::vector<std::string> command;
  const char* flag;
  const char* amount;
};

class AmountTest : public ::testing::TestWithParam<AmountCase> {};

TEST_P(AmountTest, ThatIsNoneIsAMistakeOfWhoTypedIt) {
  FakeWorld world;
  world.SignIn();
  std::vector<std::string> arguments = GetParam().command;
  arguments.insert(arguments.end(), {GetParam().flag, GetParam().amount});
  EXPECT_EQ(world.Run(arguments), kUsage);
  EXPECT_THAT(world.err(), HasSubstr(absl::StrCat(GetParam().flag, " '", GetParam().amount,
                                                  "' is not a decimal number")));
  EXPECT_TRUE(world.server.seen.empty());  // Nothing was sent.
}

INSTANTIATE_TEST_SUITE_P(
    Cases, AmountTest,
    ::testing::Values(AmountCase{"point_value", {"programme", "set"}, "--point-value", "abc"},
                      AmountCase{"for_each", {"programme", "set-rule"}, "--for-each", "1,5"},
                      AmountCase{"minimum", {"programme", "set-rule"}, "--minimum", "5 EUR"},
                      AmountCase{"product", {"quote", "--currency", "GBP"}, "--product", "1e3"},
                      AmountCase{"charge", {"quote", "--currency", "GBP"}, "--charge", ""}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace regulars::cli
