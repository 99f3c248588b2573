// RecommendService over gRPC: what is answered and why, and each error that its proto documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/feed/feed_applier.h"
#include "recommend-svc/domain/history.h"
#include "recommend-svc/store/customers.h"
#include "recommend-svc/store/items.h"
#include "recommend-svc/testing/recommend_server.h"

namespace regulars::recommend {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RecommendServiceTest : public ::testing::Test {
 protected:
  v1::RecommendResponse Ask(const std::string& text,
                            const std::string& token = RecommendServer::kAdmin) {
    const auto response = server_.Call(&RecommendServer::Recommends::Recommend,
                                       Parse<v1::RecommendRequest>(text), token);
    EXPECT_OK(response) << text;
    return response.value_or(v1::RecommendResponse());
  }
  std::vector<std::string> Codes(const std::string& text,
                                 const std::string& token = RecommendServer::kAdmin) {
    std::vector<std::string> codes;
    const v1::RecommendResponse response = Ask(text, token);
    for (const auto& recommendation : response.recommendations()) {
      codes.push_back(recommendation.item());
    }
    return codes;
  }
  void Describe(const std::string& text) {
    v1::BatchUpsertItemsRequest request;
    *request.add_items() = Parse<v1::Item>(text);
    const auto response = server_.Call(&RecommendServer::Items::BatchUpsertItems, request);
    ASSERT_OK(response);
    ASSERT_FALSE(response->results(0).has_error()) << response->DebugString();
  }
  void Set(const std::string& text, const std::string& path) {
    v1::UpdateRecommendSettingsRequest request;
    *request.mutable_recommend_settings() = Parse<v1::RecommendSettings>(text);
    request.mutable_recommend_settings()->set_name("recommendSettings");
    request.mutable_update_mask()->add_paths(path);
    ASSERT_OK(server_.Call(&RecommendServer::Settings::UpdateRecommendSettings, request));
  }
  void View(const std::string& customer, const std::string& item) {
    ASSERT_OK(server_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto key, customers::Know(tx, customer));
      ABSL_ASSIGN_OR_RETURN(const auto seen, items::FindKey(tx, item));
      return customers::AddView(tx, key.value(), {seen.value(), tx.now(), ""});
    }));
  }
  // 4 × pot+soil, 1 × pot+seeds+soil, 3 × mug+tea, 6 × pen.
  void FillShop() {
    int number = 0;
    for (int i = 0; i < 4; ++i) server_.Follow(absl::StrCat(++number), "pot soil");
    server_.Follow(absl::StrCat(++number), "pot seeds soil");
    for (int i = 0; i < 3; ++i) server_.Follow(absl::StrCat(++number), "mug tea");
    for (int i = 0; i < 6; ++i) server_.Follow(absl::StrCat(++number), "pen");
  }

  RecommendServer server_;
};

TEST_F(RecommendServiceTest, SaysWhatGoesWithAnItemAndWhy) {
  FillShop();
  Describe("code: 'pot' title: 'Flower pot'");
  Describe(R"(code: 'soil' title: 'Potting soil' url: 'https://shop.example/soil'
              image_url: 'https://shop.example/soil.png'
              price { currency_code: 'EUR' micros: 4990000 })");
  const v1::RecommendResponse response = Ask("items: 'pot' skip_fallback: true");
  ASSERT_THAT(response.recommendations(), SizeIs(1));
  EXPECT_EQ(response.fallback(), v1::RecommendResponse::FALLBACK_FEW_RULES);
  EXPECT_EQ(response.recommendation_id().size(), 26u);
  const v1::Recommendation& soil = response.recommendations(0);
  EXPECT_EQ(soil.item(), "soil");
  EXPECT_EQ(soil.title(), "Potting soil");
  EXPECT_EQ(soil.url(), "https://shop.example/soil");
  EXPECT_EQ(soil.image_url(), "https://shop.example/soil.png");
  EXPECT_EQ(soil.price().micros(), 4'990'000);
  EXPECT_EQ(soil.availability(), v1::Item::AVAILABILITY_IN_STOCK);
  EXPECT_EQ(soil.strategy(), v1::Recommendation::STRATEGY_BOUGHT_TOGETHER);
  EXPECT_THAT(soil.score(), DoubleEq(1));
  EXPECT_EQ(soil.reason().code(), v1::Reason::CODE_BOUGHT_WITH_ITEM);
  EXPECT_EQ(soil.reason().text(), "Often bought together with Flower pot.");
  ASSERT_THAT(soil.reason().items(), SizeIs(1));
  EXPECT_EQ(soil.reason().items(0).item(), "pot");
  // By hand: 14 orders, 5 of each alone and both.
  const v1::ItemRule& rule = soil.reason().rule();
  EXPECT_EQ(rule.pair_order_count(), 5);
  EXPECT_EQ(rule.antecedent_order_count(), 5);
  EXPECT_EQ(rule.consequent_order_count(), 5);
  EXPECT_THAT(rule.support(), DoubleEq(5.0 / 14));
  EXPECT_THAT(rule.lift(), DoubleEq(14.0 / 5));
}

// Bytes of a block that name item 999, which is not there.
TEST_F(RecommendServiceTest, ADamagedBlockIsAnErrorNotTheEnd) {
  FillShop();
  ASSERT_OK(server_.Write([](Transaction& tx) {
    return tx.Sql("UPDATE pair_block SET counts = ?", Bytes{"\xe7\x07\x05"}).Run();
  }));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(server_.Call(&RecommendServer::Recommends::Recommend,
                             Parse<v1::RecommendRequest>("items: 'pot' skip_fallback: true")),
                HasReason("STORE_CORRUPT"));
  }
  EXPECT_THAT(Codes("items: 'pen' skip_fallback: true"), IsEmpty());
  // No fault of an order's: its follower waits.
  const absl::Status posted = server_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE pair_block SET counts = ?", Bytes{"\x80"}).Run());
    return Reconcile(tx, MakeOrder("damaged", "pot soil", "", tx.now()));
  });
  EXPECT_TRUE(IsTransientForFollower(posted)) << posted;
}

TEST_F(RecommendServiceTest, BestSellersOfLongAgoAreNotCalledRecent) {
  server_.Follow(MakeOrder("1", "pen", "", absl::FromUnixSeconds(1'323'388'800)));
  const v1::RecommendResponse response = Ask("");
  ASSERT_THAT(response.recommendations(), SizeIs(1));
  EXPECT_EQ(response.recommendations(0).reason().text(),
            "Among the best sellers: 1 order within 30 days, up to 2011-12-09.");
  EXPECT_EQ(response.recommendations(0).reason().window_last_date(), "2011-12-09");
}

TEST_F(RecommendServiceTest, OfALongHistoryNoMoreIsReadThanIsUsed) {
  server_.Follow(MakeOrder("old", "pot", "ann", server_.now() - absl::Hours(2)));
  server_.Follow(MakeOrder("next", "pot", "ann", server_.now() - absl::Hours(1)));
  std::string items;
  for (size_t i = 0; i < kMaxAntecedents; ++i) absl::StrAppend(&items, " item-", i);
  server_.Follow("new", items, "ann");
  ASSERT_OK(server_.Write([](Transaction& tx) {
    return tx.Sql("UPDATE receipt SET sold = ? WHERE number = 'old'", Bytes{"\xff"}).Run();
  }));
  const std::string ann = "customer: 'customers/ann' ";
  EXPECT_OK(
      server_.Call(&RecommendServer::Recommends::Recommend, Parse<v1::RecommendRequest>(ann)));
  EXPECT_FALSE(server_
                   .Call(&RecommendServer::Recommends::Recommend,
                         Parse<v1::RecommendRequest>(ann + "filter { exclude_bought: true }"))
                   .ok())
      << "all that was bought is asked about";
}

TEST_F(RecommendServiceTest, TheVeryNextOrderCounts) {
  FillShop();
  EXPECT_THAT(Codes("items: 'seeds' skip_fallback: true"), IsEmpty());
  server_.Follow("next", "seeds mug");
  server_.Follow("after", "seeds mug");
  EXPECT_THAT(Codes("items: 'seeds' skip_fallback: true"), IsEmpty()) << "three are asked for";
  server_.Follow("third", "seeds mug");
  EXPECT_THAT(Codes("items: 'seeds' skip_fallback: true"), ElementsAre("mug"));
}

TEST_F(RecommendServiceTest, FillsUpWithBestSellersAndSaysSo) {
  FillShop();
  const v1::RecommendResponse response = Ask("items: 'pot' count: 4");
  EXPECT_EQ(response.fallback(), v1::RecommendResponse::FALLBACK_FEW_RULES);
  ASSERT_THAT(response.recommendations(), SizeIs(4));
  const v1::Recommendation& pen = response.recommendations(1);
  EXPECT_EQ(pen.item(), "pen");
  EXPECT_EQ(pen.strategy(), v1::Recommendation::STRATEGY_BEST_SELLER);
  EXPECT_THAT(pen.score(), DoubleEq(1));
  EXPECT_EQ(pen.reason().code(), v1::Reason::CODE_BEST_SELLER);
  EXPECT_EQ(pen.reason().text(), "Among the best sellers: 6 orders within 30 days.");
  EXPECT_EQ(pen.reason().recent_order_count(), 6);
  EXPECT_EQ(pen.reason().window_days(), 30);
  EXPECT_EQ(pen.reason().window_last_date(),
            absl::FormatTime("%Y-%m-%d", server_.now(), absl::UTCTimeZone()));
  EXPECT_EQ(response.recommendations(2).item(), "mug") << "with tea, by code";
  EXPECT_EQ(response.recommendations(3).item(), "tea");
  EXPECT_THAT(response.recommendations(3).score(), DoubleEq(0.5));
  EXPECT_EQ(Ask("items: 'pot' count: 1").fallback(), v1::RecommendResponse::FALLBACK_UNSPECIFIED);
}

TEST_F(RecommendServiceTest, KnowsNothingAtFirst) {
  const v1::RecommendResponse empty = Ask("");
  EXPECT_THAT(empty.recommendations(), IsEmpty());
  EXPECT_EQ(empty.fallback(), v1::RecommendResponse::FALLBACK_NO_HISTORY);
  FillShop();
  EXPECT_THAT(Codes(""), ElementsAre("pen", "pot", "soil", "mug", "tea", "seeds"));
  const v1::RecommendResponse nobody = Ask("customer: 'customers/nobody' count: 1");
  EXPECT_EQ(nobody.fallback(), v1::RecommendResponse::FALLBACK_NO_HISTORY);
  EXPECT_EQ(nobody.customer(), "customers/nobody");
  EXPECT_THAT(nobody.recommendations(), SizeIs(1));
  const v1::RecommendResponse unknown = Ask("items: 'x' items: 'pot' items: 'y' count: 1");
  EXPECT_THAT(unknown.unknown_items(), ElementsAre("x", "y"));
  EXPECT_EQ(unknown.recommendations(0).item(), "soil");
}

TEST_F(RecommendServiceTest, BeginsWithWhatACustomerBoughtAndLookedAt) {
  FillShop();
  server_.Follow("ann-1", "pot", "ann");
  View("ann", "mug");
  const v1::RecommendResponse response = Ask("customer: 'customers/ann' skip_fallback: true");
  ASSERT_THAT(response.recommendations(), SizeIs(2));
  EXPECT_EQ(response.recommendations(0).item(), "soil");
  EXPECT_EQ(response.recommendations(0).reason().code(), v1::Reason::CODE_BOUGHT_WITH_PURCHASE);
  EXPECT_EQ(response.recommendations(0).reason().text(),
            "Often bought together with pot, which was bought before.");
  EXPECT_EQ(response.recommendations(1).item(), "tea");
  EXPECT_THAT(response.recommendations(1).score(), DoubleEq(0.3));
  EXPECT_EQ(response.recommendations(1).reason().code(), v1::Reason::CODE_BOUGHT_WITH_VIEW);
  Set("view_weight: 0", "view_weight");
  EXPECT_THAT(Codes("customer: 'customers/ann' skip_fallback: true"), ElementsAre("soil"));
  EXPECT_THAT(Codes("customer: 'customers/ann' items: 'tea' skip_fallback: true"),
              ElementsAre("mug"))
      << "items that are asked about take the place of history";
}

TEST_F(RecommendServiceTest, WhatWasBoughtLongAgoCountsAsBoughtWhenItIsLookedAt) {
  for (int i = 0; i < 4; ++i) server_.Follow(absl::StrCat("pair-", i), "pot soil");
  server_.Follow("first", "pot", "ann");
  for (size_t i = 0; i < kMaxAntecedents + 5; ++i) {
    server_.server().clock().Advance(absl::Hours(1));
    server_.Follow(absl::StrCat("later-", i), absl::StrCat("item-", i), "ann");
  }
  server_.server().clock().Advance(absl::Hours(1));
  View("ann", "pot");
  for (const char* filter : {"", "filter { exclude_bought: true }"}) {
    const v1::RecommendResponse response =
        Ask(absl::StrCat("customer: 'customers/ann' skip_fallback: true ", filter));
    ASSERT_THAT(response.recommendations(), SizeIs(1)) << filter;
    EXPECT_EQ(response.recommendations(0).item(), "soil");
    EXPECT_THAT(response.recommendations(0).score(), DoubleEq(0.8)) << filter;
    EXPECT_EQ(response.recommendations(0).reason().code(), v1::Reason::CODE_BOUGHT_WITH_PURCHASE);
  }
}

TEST_F(RecommendServiceTest, LeavesOutWhatWasBought) {
  FillShop();
  server_.Follow("ann-1", "soil", "ann");
  server_.server().clock().Advance(absl::Hours(24 * 10));
  server_.Follow("ann-2", "pot", "ann");
  const std::string ann = "customer: 'customers/ann' skip_fallback: true ";
  EXPECT_THAT(Codes(ann), ElementsAre("pot", "soil")) << "either may be wanted again";
  EXPECT_THAT(Codes(ann + "filter { exclude_bought: true }"), IsEmpty());
  EXPECT_THAT(Codes(ann + "filter { exclude_bought: true bought_within_days: 9 }"),
              ElementsAre("soil"));
  EXPECT_THAT(Codes(ann + "items: 'pot' filter { exclude_bought: true }"), IsEmpty());
  EXPECT_THAT(Codes("customer: 'customers/ann' filter { exclude_bought: true } count: 2"),
              ElementsAre("pen", "mug"))
      << "best sellers too";
}

TEST_F(RecommendServiceTest, LeavesOutWhatCannotBeHad) {
  FillShop();
  const std::string pot = "items: 'pot' skip_fallback: true ";
  Describe("code: 'soil' categories: 'Garden/Soil' availability: AVAILABILITY_OUT_OF_STOCK");
  EXPECT_THAT(Codes(pot), IsEmpty());
  EXPECT_THAT(Codes(pot + "filter { include_out_of_stock: true }"), ElementsAre("soil"));
  Describe("code: 'soil' availability: AVAILABILITY_IN_STOCK");
  EXPECT_THAT(Codes(pot), ElementsAre("soil"));
  EXPECT_THAT(Codes(pot + "filter { exclude_items: 'soil' exclude_items: 'unknown' }"), IsEmpty());
  EXPECT_THAT(Codes(pot + "filter { categories: 'Garden' }"), ElementsAre("soil"));
  EXPECT_THAT(Codes(pot + "filter { categories: 'Kitchen' categories: 'Garden/Soil' }"),
              ElementsAre("soil"));
  EXPECT_THAT(Codes("filter { categories: 'Kitchen' }"), IsEmpty());
  Set("catalogue_only: true", "catalogue_only");
  EXPECT_THAT(Codes(""), ElementsAre("soil"));
  Describe(absl::StrCat(
      "code: 'soil' sale_end_time { seconds: ", absl::ToUnixSeconds(server_.now()) + 1, " }"));
  EXPECT_THAT(Codes(pot), ElementsAre("soil"));
  server_.server().clock().Advance(absl::Seconds(1));
  EXPECT_THAT(Codes(pot), IsEmpty()) << "the sale has ended";
  Set("catalogue_only: false", "catalogue_only");
  ASSERT_OK(server_.Call(&RecommendServer::Items::DeleteItem,
                         Parse<v1::DeleteItemRequest>("name: 'items/pen'")));
  EXPECT_THAT(Codes("count: 1"), ElementsAre("pot"));
}

TEST_F(RecommendServiceTest, StoresSeeTheirOwnCustomersOrders) {
  FillShop();
  auto order = MakeOrder("ann-1", "pot", "ann", server_.now());
  order.set_store("vienna");
  server_.Follow(order);
  const std::string ann = "customer: 'customers/ann' skip_fallback: true";
  EXPECT_THAT(Codes(ann, RecommendServer::Of("vienna")), ElementsAre("soil"));
  EXPECT_THAT(Codes(ann, RecommendServer::Of("graz")), IsEmpty());
}

TEST_F(RecommendServiceTest, OtherStoresOrdersDoNotPushOutAStoresOwn) {
  FillShop();
  auto order = MakeOrder("ann-first", "pot", "ann", server_.now());
  order.set_store("vienna");
  server_.Follow(order);
  for (int64_t i = 0; i < kMaxHistoryOrders; ++i) {
    order = MakeOrder(absl::StrCat("ann-", i), "pen", "ann", server_.now() + absl::Hours(1));
    order.set_store("graz");
    server_.Follow(order);
  }
  const std::string ann = "customer: 'customers/ann' skip_fallback: true";
  EXPECT_THAT(Codes(ann, RecommendServer::Of("vienna")), ElementsAre("soil"));
  EXPECT_THAT(Codes(ann), IsEmpty()) << "the latest hundred are looked at";
}

TEST_F(RecommendServiceTest, ReceiptsThatOnlyReturnPushOutNoOrders) {
  FillShop();
  server_.Follow("ann-first", "pot", "ann");
  for (int64_t i = 0; i < kMaxHistoryOrders; ++i) {
    auto order = MakeOrder(absl::StrCat("back-", i), "mug", "ann", server_.now() + absl::Hours(1));
    order.mutable_lines(0)->set_type(customer::v1::OrderLine::TYPE_RETURN);
    server_.Follow(order);
  }
  const std::string ann = "customer: 'customers/ann' skip_fallback: true ";
  EXPECT_THAT(Codes(ann), ElementsAre("soil"));
  EXPECT_THAT(Codes(ann + "items: 'soil'"), ElementsAre("pot"));
  EXPECT_THAT(Codes(ann + "items: 'soil' filter { exclude_bought: true }"), IsEmpty());
}

TEST_F(RecommendServiceTest, AnswersManyAtOnce) {
  FillShop();
  server_.Follow("ann-1", "pot", "ann");
  server_.Follow("bob-1", "tea", "bob");
  const auto response = server_.Call(
      &RecommendServer::Recommends::BatchRecommend,
      Parse<v1::BatchRecommendRequest>("customers: 'customers/bob' customers: 'customers/ann' "
                                       "customers: 'customers/eve' count: 1"));
  ASSERT_OK(response);
  ASSERT_THAT(response->responses(), SizeIs(3));
  std::set<std::string> ids;
  for (const auto& one : response->responses()) {
    ids.insert(one.recommendation_id());
    v1::RecommendRequest alone = Parse<v1::RecommendRequest>("count: 1");
    alone.set_customer(one.customer());
    ASSERT_OK_AND_ASSIGN(auto answer, server_.Call(&RecommendServer::Recommends::Recommend, alone));
    answer.set_recommendation_id(one.recommendation_id());
    EXPECT_EQ(answer.DebugString(), one.DebugString()) << "as if asked alone";
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(response->responses(0).recommendations(0).item(), "mug");
  EXPECT_EQ(response->responses(1).recommendations(0).item(), "soil");
  EXPECT_EQ(response->responses(2).fallback(), v1::RecommendResponse::FALLBACK_NO_HISTORY);
}

TEST_F(RecommendServiceTest, RefusesWhatItCannotAnswer) {
  const std::pair<std::string, std::string> rows[] = {
      {"INVALID_NAME", "customer: 'ann'"},
      {"INVALID_NAME", "customer: 'customers/'"},
      {"INVALID_ITEM", "items: ''"},
      {"INVALID_ITEM", absl::StrCat("items: '", std::string(101, 'x'), "'")},
      {"INVALID_COUNT", "count: -1"},
      {"INVALID_COUNT", "count: 101"},
      {"INVALID_CATEGORY", "filter { categories: '/' }"},
      {"INVALID_ITEM", "filter { exclude_items: '' }"},
      {"INVALID_DAYS", "filter { bought_within_days: -1 }"},
      {"INVALID_DAYS", "filter { bought_within_days: 3651 }"},
  };
  for (const auto& [reason, text] : rows) {
    EXPECT_THAT(
        server_.Call(&RecommendServer::Recommends::Recommend, Parse<v1::RecommendRequest>(text)),
        HasReason(reason))
        << text;
  }
  v1::RecommendRequest many;
  for (int i = 0; i < 101; ++i) many.add_items("x");
  EXPECT_THAT(server_.Call(&RecommendServer::Recommends::Recommend, many),
              HasReason("TOO_MANY_ITEMS"));
  v1::BatchRecommendRequest batch;
  EXPECT_THAT(server_.Call(&RecommendServer::Recommends::BatchRecommend, batch),
              HasReason("INVALID_BATCH_SIZE"));
  batch.add_customers("customers/ann");
  batch.set_count(21);
  EXPECT_THAT(server_.Call(&RecommendServer::Recommends::BatchRecommend, batch),
              HasReason("INVALID_COUNT"));
  batch.clear_count();
  batch.add_customers("bob");
  EXPECT_THAT(server_.Call(&RecommendServer::Recommends::BatchRecommend, batch),
              HasReason("INVALID_NAME"));
}

}  // namespace
}  // namespace regulars::recommend
