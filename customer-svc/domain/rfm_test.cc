#include "customer-svc/domain/rfm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/base/ids.h"

namespace regulars::customer {
namespace {

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();

struct ScaleCase {
  std::string name;
  std::vector<int64_t> values;
  std::vector<int64_t> scores;
};

void PrintTo(const ScaleCase& c, std::ostream* os) { *os << c.name; }

class ScoreScaleTest : public ::testing::TestWithParam<ScaleCase> {};

TEST_P(ScoreScaleTest, ScoresAsWorkedByHand) {
  const ScoreScale scale(GetParam().values);
  std::vector<int64_t> scores;
  for (const int64_t value : GetParam().values) scores.push_back(scale.Score(value));
  EXPECT_EQ(scores, GetParam().scores);
}

INSTANTIATE_TEST_SUITE_P(
    , ScoreScaleTest,
    ::testing::Values(ScaleCase{"Nobody", {}, {}}, ScaleCase{"One", {7}, {1}},
                      // 5 × 1 / 2 = 2.5.
                      ScaleCase{"Two", {1, 2}, {1, 3}},
                      // 5/3 = 1.67, 10/3 = 3.33.
                      ScaleCase{"Three", {30, 10, 20}, {4, 1, 2}},
                      ScaleCase{"Four", {1, 2, 3, 4}, {1, 2, 3, 4}},
                      ScaleCase{"Five", {5, 4, 3, 2, 1}, {5, 4, 3, 2, 1}},
                      // 5/7, 10/7, … = 0.7, 1.4, 2.1, 2.9, 3.6, 4.3.
                      ScaleCase{"Seven", {1, 2, 3, 4, 5, 6, 7}, {1, 1, 2, 3, 3, 4, 5}},
                      ScaleCase{
                          "Ten", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {1, 1, 2, 2, 3, 3, 4, 4, 5, 5}},
                      ScaleCase{"AllEqual", {4, 4, 4, 4, 4, 4}, {1, 1, 1, 1, 1, 1}},
                      // Worse are 0, 0, 2, 2 and 4 of 5.
                      ScaleCase{"Pairs", {1, 1, 2, 2, 3}, {1, 1, 3, 3, 5}},
                      ScaleCase{"OneWorse", {1, 2, 2, 2, 2}, {1, 2, 2, 2, 2}},
                      // 5 × 5 / 6 = 4.2.
                      ScaleCase{"OneBetter", {1, 1, 1, 1, 1, 2}, {1, 1, 1, 1, 1, 5}},
                      ScaleCase{"Negative", {-5, 0, 5}, {1, 2, 4}},
                      ScaleCase{"Extremes", {kGreatest, kLeast, 0, 1, -1}, {5, 1, 3, 4, 2}}),
    [](const auto& test) { return test.param.name; });

TEST(ScoreFormulaTest, EqualsTheFormulaOnRandomValues) {
  Mixer random(20240531);
  for (int round = 0; round < 500; ++round) {
    const size_t n = 1 + random.Next() % 40;
    const uint64_t spread = 1 + random.Next() % 30;
    std::vector<int64_t> values;
    for (size_t i = 0; i < n; ++i) {
      values.push_back(static_cast<int64_t>(random.Next() % spread) - 10);
    }
    const ScoreScale scale(values);
    for (const int64_t value : values) {
      const auto worse =
          std::count_if(values.begin(), values.end(), [&](int64_t other) { return other < value; });
      ASSERT_EQ(scale.Score(value), 1 + 5 * worse / static_cast<int64_t>(n))
          << ::testing::PrintToString(values) << " at " << value;
    }
  }
}

TEST(RfmTest, FewerDaysMoreDaysMoreMoneyAreBetter) {
  const std::vector<RfmFigures> customers = {
      {.recency_days = 1, .order_days = 1, .revenue_micros = -7},
      {.recency_days = 30, .order_days = 9, .revenue_micros = 100}};
  const RfmScales scales = MakeScales(customers);
  EXPECT_EQ(scales.Score(customers[0]), (RfmScores{3, 1, 1}));
  EXPECT_EQ(scales.Score(customers[1]), (RfmScores{1, 3, 3}));
}

// The real shop's figures and scores, as the independent script works them out.
struct RealCustomer {
  std::string id;
  RfmFigures figures;
  RfmScores scores;
};

std::string DataFolder() {
  const char* named = std::getenv("REGULARS_DATA");
  return named != nullptr ? named : REGULARS_SOURCE_DIR "/../shared/data";
}

std::vector<RealCustomer> AskTheOracle(const std::string& csv) {
  const std::string print =
      "import json,sys\n"
      "for c in json.load(sys.stdin)[\"customers\"]:\n"
      "  r = c[\"rfm\"]\n"
      "  if r: print(c[\"id\"], r[\"recency_days\"], r[\"frequency\"], r[\"monetary_micros\"], "
      "r[\"r\"], r[\"f\"], r[\"m\"])\n";
  const std::string command =
      absl::StrCat("python3 '" REGULARS_SOURCE_DIR "/tests/flows/oracle/online_retail.py' --csv '",
                   csv, "' | python3 -c '", print, "'");
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  char buffer[4096];
  for (size_t got; pipe && (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    text.append(buffer, got);
  }
  EXPECT_TRUE(pipe != nullptr && pclose(pipe) == 0) << "the script failed";
  std::vector<RealCustomer> customers;
  std::istringstream lines(text);
  for (RealCustomer c; lines >> c.id >> c.figures.recency_days >> c.figures.order_days >>
                       c.figures.revenue_micros >> c.scores.recency >> c.scores.frequency >>
                       c.scores.monetary;) {
    customers.push_back(c);
  }
  return customers;
}

TEST(RfmTest, EveryCustomerOfTheRealShopHasItsScores) {
  const std::string csv = DataFolder() + "/online-retail/online_retail.csv.gz";
  if (!std::filesystem::exists(csv)) GTEST_SKIP() << "no data: " << csv << " is not there";
  const std::vector<RealCustomer> customers = AskTheOracle(csv);
  EXPECT_GT(customers.size(), 4000u);
  std::vector<RfmFigures> figures;
  for (const RealCustomer& customer : customers) figures.push_back(customer.figures);
  const RfmScales scales = MakeScales(figures);
  for (const RealCustomer& customer : customers) {
    EXPECT_EQ(scales.Score(customer.figures), customer.scores) << "customer " << customer.id;
  }
}

}  // namespace
}  // namespace regulars::customer
