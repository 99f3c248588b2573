// The command `demo fill` against a server that answers as it was told.
#include "cli/demo/fill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli/testing/fake_world.h"

namespace regulars::demo {
namespace {

using ::testing::HasSubstr;

constexpr char kApi[] = "/api/customer/v1/";

class FillTest : public ::testing::Test {
 protected:
  FillTest() {
    world_.SignIn();
    world_.server.Answer(Get("companySettings"),
                         R"({"baseCurrency":"EUR","updateTime":"2026-01-01T00:00:00Z"})");
    world_.server.Refuse(Post("attributeDefinitions"), 409, "ATTRIBUTE_EXISTS", "ALREADY_EXISTS");
    world_.server.Answer(Get("attributeDefinitions/favourite_category"),
                         R"({"type":"TYPE_ENUM","createTime":"2026-06-01T12:00:00Z"})");
    world_.server.Answer(Get("attributeDefinitions/shoe_size"), R"({"type":"TYPE_INTEGER"})");
    world_.server.Answer(Post("currencyRates:batchUpsert"), "{}");
    world_.server.Refuse(Post("segments"), 409, "SEGMENT_EXISTS", "ALREADY_EXISTS");
    world_.server.Answer(Post("events:ingest"), R"({"results":[{"outcome":"OUTCOME_DUPLICATE"}]})");
    world_.server.Answer(Post("consents:batchSet"), "{}");
    world_.server.Answer(Post("orders:batchUpsert"),
                         R"({"results":[{"outcome":"UPSERT_OUTCOME_UNCHANGED"}]})");
  }
  static std::string Get(const std::string& path) { return std::string("GET ") + kApi + path; }
  static std::string Post(const std::string& path) { return std::string("POST ") + kApi + path; }

  int Run() {
    return world_.Run({"--json", "demo", "fill", "--customers", "30", "--connections", "1"});
  }
  int Seen(const std::string& call) {
    int count = 0;
    for (const auto& seen : world_.server.seen) count += seen.call == call;
    return count;
  }

  cli::FakeWorld world_;
};

TEST_F(FillTest, AnUnchangedShopIsNotScoredAgain) {
  world_.server.Answer(Post("customers:batchUpsert"),
                       R"({"results":[{"outcome":"UPSERT_OUTCOME_UNCHANGED"}]})");
  EXPECT_EQ(Run(), 0) << world_.err();
  EXPECT_THAT(world_.out(), HasSubstr("\"unchanged\": 1"));
  EXPECT_EQ(Seen(Post("customers:batchUpsert")), 1);
  EXPECT_EQ(Seen(Post("rfmTable:compute")), 0);
  EXPECT_EQ(Seen("PATCH /api/customer/v1/companySettings"), 0) << "settings were made before";
}

TEST_F(FillTest, HistoryEndsWhenTheShopWasFirstFilled) {
  world_.server.Answer(Post("customers:batchUpsert"), "{}");
  EXPECT_EQ(Run(), 0) << world_.err();
  for (const auto& seen : world_.server.seen) {
    if (seen.call != Post("orders:batchUpsert")) continue;
    const cli::Json body = cli::Json::parse(seen.body);
    ASSERT_GT(body["orders"].size(), 10u);
    for (const cli::Json& order : body["orders"]) {
      EXPECT_LT(order["orderTime"].get<std::string>(), "2026-06-01T12:00:00Z");
      EXPECT_GT(order["orderTime"].get<std::string>(), "2024-05-30");
    }
  }
}

TEST_F(FillTest, ARefusedItemIsAnError) {
  world_.server.Answer(
      Post("customers:batchUpsert"),
      R"({"results":[{"outcome":"UPSERT_OUTCOME_REFUSED","error":{"code":3,"message":"no good"}}]})");
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(world_.err(), HasSubstr("no good"));
}

TEST_F(FillTest, AnAttributeOfAnotherTypeIsLeftAlone) {
  cli::FakeWorld other;
  other.SignIn();
  other.server.Answer(Get("companySettings"),
                      R"({"baseCurrency":"EUR","updateTime":"2026-01-01T00:00:00Z"})");
  other.server.Refuse(Post("attributeDefinitions"), 409, "ATTRIBUTE_EXISTS", "ALREADY_EXISTS");
  other.server.Answer(Get("attributeDefinitions/favourite_category"), R"({"type":"TYPE_TEXT"})");
  EXPECT_EQ(other.Run({"demo", "fill"}), 1);
  EXPECT_THAT(other.err(), HasSubstr("favourite_category"));
}

TEST_F(FillTest, ACompanyThatCountsInDollarsIsNone) {
  cli::FakeWorld other;
  other.SignIn();
  other.server.Answer(Get("companySettings"),
                      R"({"baseCurrency":"USD","updateTime":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(other.Run({"demo", "fill"}), 1);
  EXPECT_THAT(other.err(), HasSubstr("EUR and GBP"));
}

}  // namespace
}  // namespace regulars::demo
