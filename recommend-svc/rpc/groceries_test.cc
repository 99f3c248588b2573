// The Groceries data (Hahsler, Hornik, Reutterer 2006), order by order, against figures of others:
// those that R's arules and its readers publish, and those of tests/flows/oracle/rules.py, which
// counts by brute force and shares no code with this.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/testing/temp_store.h"
#include "recommend-svc/rpc/item_messages.h"
#include "recommend-svc/rpc/item_service.h"
#include "recommend-svc/store/settings.h"
#include "recommend-svc/testing/recommend_server.h"

namespace regulars::recommend {
namespace {

using ::testing::DoubleNear;

std::string DataFile() {
  const char* folder = std::getenv("REGULARS_DATA");
  return absl::StrCat(folder != nullptr ? folder : REGULARS_SOURCE_DIR "/../shared/data",
                      "/groceries/groceries.csv");
}

customer::v1::OrderFacts ToOrder(int64_t number, absl::string_view basket) {
  customer::v1::OrderFacts order = MakeOrder(absl::StrCat(number), "");
  for (const absl::string_view item : absl::StrSplit(basket, ',')) {
    customer::v1::OrderLineFacts& line = *order.add_lines();
    line.set_type(customer::v1::OrderLine::TYPE_SALE);
    line.set_item(std::string(item));
    line.set_quantity_micros(1'000'000);
  }
  return order;
}

class GroceriesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(DataFile());
    if (!file) GTEST_SKIP() << DataFile() << " is absent";
    ASSERT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      int64_t number = 0;
      for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();  // Some items end in a space.
        ABSL_RETURN_IF_ERROR(Reconcile(tx, ToOrder(++number, line)));
      }
      return absl::OkStatus();
    }));
  }

  void Set(int64_t min_pair_orders, double min_confidence, double min_lift) {
    ASSERT_OK(store_.Write([&](Transaction& tx) {
      Settings settings;
      settings.min_pair_orders = min_pair_orders;
      settings.min_confidence = min_confidence;
      settings.min_lift = min_lift;
      return settings::Save(tx, settings);
    }));
  }

  // The rules of one item.
  std::vector<v1::ItemRule> RulesOf(const std::string& code) {
    std::vector<v1::ItemRule> rules;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      v1::ListItemRulesRequest request;
      request.set_parent(ItemName(code));
      request.set_page_size(1000);
      ABSL_ASSIGN_OR_RETURN(const auto response, ListItemRules(db, request));
      EXPECT_EQ(response.order_count(), 9835);
      rules.assign(response.rules().begin(), response.rules().end());
      return absl::OkStatus();
    }));
    return rules;
  }

  std::vector<std::string> Codes() {
    std::vector<std::string> codes;
    EXPECT_OK(store_.Read([&](Snapshot& db) {
      return db.Sql("SELECT code FROM item").Each<std::string>([&](std::string code) {
        codes.push_back(std::move(code));
      });
    }));
    return codes;
  }

  testing::TempStore store_{RecommendMigrations()};
};

TEST_F(GroceriesTest, RulesAreThoseThatOthersFound) {
  const std::vector<std::string> codes = Codes();
  EXPECT_EQ(codes.size(), 169u);
  struct Row {
    int64_t min_pair_orders;
    double min_confidence;
    double min_lift;
    size_t rules;
  };
  // Supports of .01, .006 and .005 of 9,835 baskets; then the thresholds at first; then everything.
  for (const Row& row : {Row{99, 0.25, 0, 96}, Row{60, 0.25, 0, 150}, Row{50, 0.2, 0, 265},
                         Row{3, 0.01, 1, 10102}, Row{1, 0, 0, 19272}}) {
    Set(row.min_pair_orders, row.min_confidence, row.min_lift);
    size_t rules = 0;
    for (const std::string& code : codes) rules += RulesOf(code).size();
    EXPECT_EQ(rules, row.rules) << row.min_pair_orders;
  }
}

TEST_F(GroceriesTest, TheRuleOfMostLiftIsThePublishedOne) {
  // Lantz, "Machine Learning with R": {herbs} => {root vegetables}, support .007, lift 3.956.
  Set(60, 0.25, 0);
  v1::ItemRule best;
  for (const std::string& code : Codes()) {
    for (const v1::ItemRule& rule : RulesOf(code)) {
      if (rule.lift() > best.lift()) best = rule;
    }
  }
  EXPECT_EQ(best.antecedent(), "herbs");
  EXPECT_EQ(best.consequent(), "root vegetables");
  EXPECT_THAT(best.support(), DoubleNear(0.0070158, 1e-7));
  EXPECT_THAT(best.confidence(), DoubleNear(0.43125, 1e-9));
  EXPECT_THAT(best.lift(), DoubleNear(3.9564774, 1e-7));
}

}  // namespace
}  // namespace regulars::recommend
