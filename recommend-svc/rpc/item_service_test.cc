// ItemService and SettingsService over gRPC: what each method does, and each error that its proto
// documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "recommend-svc/testing/recommend_server.h"

namespace regulars::recommend {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StatusIs;
using Items = RecommendServer::Items;

class ItemServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Item> Create(const std::string& text,
                                  const std::string& token = RecommendServer::kAdmin) {
    v1::CreateItemRequest request;
    *request.mutable_item() = Parse<v1::Item>(text);
    return server_.Call(&Items::CreateItem, request, token);
  }
  absl::StatusOr<v1::Item> Get(const std::string& name) {
    v1::GetItemRequest request;
    request.set_name(name);
    return server_.Call(&Items::GetItem, request);
  }
  absl::StatusOr<v1::Item> Update(const std::string& text,
                                  const std::string& token = RecommendServer::kAdmin) {
    return server_.Call(&Items::UpdateItem, Parse<v1::UpdateItemRequest>(text), token);
  }
  absl::StatusOr<v1::Item> Delete(const std::string& text,
                                  const std::string& token = RecommendServer::kAdmin) {
    return server_.Call(&Items::DeleteItem, Parse<v1::DeleteItemRequest>(text), token);
  }
  absl::StatusOr<v1::BatchUpsertItemsResponse> Upsert(
      const std::string& text, const std::string& token = RecommendServer::kAdmin) {
    return server_.Call(&Items::BatchUpsertItems, Parse<v1::BatchUpsertItemsRequest>(text), token);
  }
  std::vector<std::string> List(const std::string& text) {
    const auto response = server_.Call(&Items::ListItems, Parse<v1::ListItemsRequest>(text));
    EXPECT_OK(response) << text;
    std::vector<std::string> codes;
    if (!response.ok()) return codes;
    for (const v1::Item& item : response->items()) codes.push_back(item.code());
    return codes;
  }
  absl::StatusOr<v1::RecommendSettings> Set(const std::string& text) {
    return server_.Call(&RecommendServer::Settings::UpdateRecommendSettings,
                        Parse<v1::UpdateRecommendSettingsRequest>(text));
  }

  RecommendServer server_;
};

constexpr char kWhole[] = R"pb(
  code: "A/1"
  title: "Flower pot"
  url: "https://shop.example/a1"
  image_url: "https://shop.example/a1.png"
  price { currency_code: "EUR" micros: 12990000 }
  categories: "Garden/Pots"
  categories: "Sale"
  tags: "clay"
  availability: AVAILABILITY_OUT_OF_STOCK
  sale_end_time { seconds: 1800000000 }
  attributes { key: "color" value: "red" }
)pb";

TEST_F(ItemServiceTest, KeepsWhatTheCatalogueSays) {
  ASSERT_OK_AND_ASSIGN(const v1::Item made, Create(kWhole));
  EXPECT_EQ(made.name(), "items/A%2F1");
  EXPECT_EQ(made.origin(), v1::Item::ORIGIN_CATALOGUE);
  EXPECT_THAT(made.categories(), ElementsAre("Garden/Pots", "Sale"));
  EXPECT_EQ(made.attributes().at("color"), "red");
  EXPECT_EQ(made.create_time().seconds(), 1'700'000'000);
  ASSERT_OK_AND_ASSIGN(const v1::Item got, Get("items/A%2F1"));
  EXPECT_EQ(got.DebugString(), made.DebugString());
  v1::Item sent = Parse<v1::Item>(kWhole);
  v1::Item told = got;
  for (const char* output :
       {"name", "origin", "statistics", "create_time", "update_time", "etag"}) {
    told.GetReflection()->ClearField(&told, told.GetDescriptor()->FindFieldByName(output));
  }
  EXPECT_EQ(told.DebugString(), sent.DebugString());
  EXPECT_THAT(Get("items/A%2F2"), HasReason("ITEM_NOT_FOUND"));
  EXPECT_THAT(Get("items/A/1"), HasReason("INVALID_NAME"));
  EXPECT_THAT(Get(""), HasReason("NAME_MISSING"));
  EXPECT_THAT(Create(kWhole), HasReason("ITEM_EXISTS"));
}

TEST_F(ItemServiceTest, OrdersTeachItemsAndTheCatalogueWins) {
  server_.Follow("1", "pot soil");
  ASSERT_OK_AND_ASSIGN(const v1::Item learned, Get("items/pot"));
  EXPECT_EQ(learned.origin(), v1::Item::ORIGIN_LEARNED);
  EXPECT_EQ(learned.statistics().order_count(), 1);
  EXPECT_EQ(learned.statistics().recent_order_count(), 1);
  EXPECT_EQ(learned.statistics().last_sold_date(), "2023-11-14");
  ASSERT_OK_AND_ASSIGN(const v1::Item described, Create("code: 'pot' title: 'Flower pot'"));
  EXPECT_EQ(described.origin(), v1::Item::ORIGIN_CATALOGUE);
  EXPECT_EQ(described.statistics().order_count(), 1);
  server_.Follow("2", "pot");
  ASSERT_OK_AND_ASSIGN(const v1::Item sold, Get("items/pot"));
  EXPECT_EQ(sold.title(), "Flower pot");
  EXPECT_EQ(sold.statistics().order_count(), 2);
  EXPECT_EQ(sold.etag(), described.etag()) << "orders do not change the item";
}

TEST_F(ItemServiceTest, ChangesWhatIsNamed) {
  ASSERT_OK_AND_ASSIGN(const v1::Item made, Create(kWhole));
  EXPECT_THAT(Update("item { name: 'items/b' title: 'B' }"), HasReason("ITEM_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const v1::Item pot, Update("item { name: 'items/A%2F1' title: 'Pot' }"));
  EXPECT_EQ(pot.title(), "Pot");
  EXPECT_EQ(pot.url(), made.url());
  EXPECT_NE(pot.etag(), made.etag());
  ASSERT_OK_AND_ASSIGN(
      const v1::Item bare,
      Update("item { name: 'items/A%2F1' } update_mask { paths: 'url' paths: 'tags' }"));
  EXPECT_EQ(bare.url(), "");
  EXPECT_THAT(bare.tags(), IsEmpty());
  EXPECT_EQ(bare.title(), "Pot");
  EXPECT_THAT(Update(absl::StrCat("item { name: 'items/A%2F1' etag: '", made.etag(), "' }")),
              HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Update("item { name: 'items/A%2F1' } update_mask { paths: 'colour' }"),
              HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Update("item { name: 'items/A%2F1' code: 'B' }"), HasReason("ITEM_NAME_MISMATCH"));
  ASSERT_OK_AND_ASSIGN(const v1::Item other,
                       Update("item { name: 'items/b' title: 'B' } allow_missing: true"));
  EXPECT_EQ(other.code(), "b");
  EXPECT_THAT(server_.EventsAfter(0),
              ElementsAre("item_created items/A%2F1", "item_updated items/A%2F1",
                          "item_updated items/A%2F1", "item_created items/b"));
}

TEST_F(ItemServiceTest, UpsertsEachItemByItself) {
  ASSERT_OK_AND_ASSIGN(const auto response, Upsert(R"pb(
                         items { code: "a" title: "A" }
                         items { code: "" }
                         items { code: "b" url: "ftp://b" }
                         items { code: "a" title: "A" }
                         items { code: "a" title: "AA" })pb"));
  ASSERT_THAT(response.results(), SizeIs(5));
  using Outcomes = std::vector<int>;
  Outcomes outcomes;
  for (const auto& result : response.results()) outcomes.push_back(result.outcome());
  EXPECT_EQ(outcomes,
            (Outcomes{type::v1::UPSERT_OUTCOME_CREATED, type::v1::UPSERT_OUTCOME_REFUSED,
                      type::v1::UPSERT_OUTCOME_REFUSED, type::v1::UPSERT_OUTCOME_UNCHANGED,
                      type::v1::UPSERT_OUTCOME_UPDATED}));
  EXPECT_EQ(response.results(0).name(), "items/a");
  EXPECT_EQ(response.results(2).index(), 2);
  ASSERT_OK_AND_ASSIGN(const auto unknown, Upsert("items { code: 'a' availability: 77 }"));
  EXPECT_THAT(FromProto(unknown.results(0).error()), HasReason("INVALID_AVAILABILITY"));
  EXPECT_THAT(FromProto(response.results(1).error()), HasReason("INVALID_CODE"));
  EXPECT_THAT(FromProto(response.results(2).error()), HasReason("INVALID_URL"));
  ASSERT_OK(
      Upsert("items { code: 'a' title: 'left alone' availability: AVAILABILITY_OUT_OF_STOCK }"
             " update_mask { paths: 'availability' }"));
  ASSERT_OK_AND_ASSIGN(const v1::Item item, Get("items/a"));
  EXPECT_EQ(item.title(), "AA");
  EXPECT_EQ(item.availability(), v1::Item::AVAILABILITY_OUT_OF_STOCK);
  EXPECT_THAT(Upsert(""), HasReason("INVALID_BATCH_SIZE"));
}

TEST_F(ItemServiceTest, DeletedItemsComeBack) {
  ASSERT_OK(Create(kWhole));
  EXPECT_THAT(Delete("name: 'items/A%2F1' etag: '\"1\"'"), HasReason("ETAG_MISMATCH"));
  ASSERT_OK_AND_ASSIGN(const v1::Item deleted, Delete("name: 'items/A%2F1'"));
  EXPECT_TRUE(deleted.has_delete_time());
  EXPECT_OK(Delete("name: 'items/A%2F1'")) << "twice is no error";
  EXPECT_THAT(List(""), IsEmpty());
  EXPECT_THAT(List("show_deleted: true"), ElementsAre("A/1"));
  ASSERT_OK_AND_ASSIGN(const v1::Item again, Update("item { name: 'items/A%2F1' title: 'Again' }"));
  EXPECT_FALSE(again.has_delete_time());
  EXPECT_EQ(again.url(), "https://shop.example/a1");
  EXPECT_THAT(server_.EventsAfter(1),
              ElementsAre("item_deleted items/A%2F1", "item_created items/A%2F1"));
  EXPECT_THAT(Delete("name: 'items/b'"), HasReason("ITEM_NOT_FOUND"));
}

TEST_F(ItemServiceTest, ListsByWhatIsSaidAndCounted) {
  ASSERT_OK(Create(kWhole));
  server_.Follow("1", "pot A/1");
  server_.Follow("2", "pot");
  const std::pair<std::string, std::vector<std::string>> rows[] = {
      {"", {"A/1", "pot"}},
      {"origin = ORIGIN_LEARNED", {"pot"}},
      {"availability = AVAILABILITY_OUT_OF_STOCK", {"A/1"}},
      {"categories:\"Sale\"", {"A/1"}},
      {"tags:\"clay\" AND price >= 12.99 AND currency_code = \"EUR\"", {"A/1"}},
      {"attributes.color = \"red\"", {"A/1"}},
      {"attributes.size = \"red\"", {}},
      {"order_count >= 2", {"pot"}},
      {"recent_order_count = 1", {"A/1"}},
      {"code = \"pot\"", {"pot"}},
      {"flower", {"A/1"}},
      {"\"FLÖWER\"", {"A/1"}},
      {"tower", {}},
      {"\"lower po\"", {"A/1"}},
      {"title = \"flower POT\"", {"A/1"}},
      {"sale_end_time > \"2027-01-01T00:00:00Z\"", {"A/1"}},
  };
  for (const auto& [filter, codes] : rows) {
    v1::ListItemsRequest request;
    request.set_filter(filter);
    const auto response = server_.Call(&Items::ListItems, request);
    ASSERT_OK(response) << filter;
    std::vector<std::string> listed;
    for (const v1::Item& item : response->items()) listed.push_back(item.code());
    EXPECT_EQ(listed, codes) << filter;
  }
  v1::ListItemsRequest request;
  request.set_filter("colour = 1");
  EXPECT_THAT(server_.Call(&Items::ListItems, request), HasReason("INVALID_FILTER"));
}

TEST_F(ItemServiceTest, ListsPageByPage) {
  for (int i = 0; i < 7; ++i) ASSERT_OK(Create(absl::StrCat("code: 'item-", i, "'")));
  v1::ListItemsRequest request;
  request.set_page_size(3);
  std::vector<std::string> codes;
  int pages = 0;
  do {
    const auto response = server_.Call(&Items::ListItems, request);
    ASSERT_OK(response);
    for (const v1::Item& item : response->items()) codes.push_back(item.code());
    request.set_page_token(response->next_page_token());
  } while (++pages < 10 && !request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(codes,
              ElementsAre("item-0", "item-1", "item-2", "item-3", "item-4", "item-5", "item-6"));
  request.set_page_token("x");
  EXPECT_THAT(server_.Call(&Items::ListItems, request), HasReason("INVALID_PAGE_TOKEN"));
}

TEST_F(ItemServiceTest, ListsRules) {
  // n(a) = 4; b with it in 3 of 3 orders, c in 3 of 4, d in 2.
  server_.Follow("1", "a b c");
  server_.Follow("2", "a b c d");
  server_.Follow("3", "a b d");
  server_.Follow("4", "a c");
  server_.Follow("5", "c");
  ASSERT_OK(Set("recommend_settings { name: 'recommendSettings' min_pair_order_count: 2 }"));
  auto request = Parse<v1::ListItemRulesRequest>("parent: 'items/a' page_size: 2");
  ASSERT_OK_AND_ASSIGN(auto response, server_.Call(&Items::ListItemRules, request));
  EXPECT_EQ(response.order_count(), 5);
  ASSERT_THAT(response.rules(), SizeIs(2)) << "c comes with a less often than by chance";
  EXPECT_EQ(response.rules(0).consequent(), "b");
  EXPECT_THAT(response.rules(0).confidence(), DoubleEq(0.75));
  EXPECT_THAT(response.rules(0).lift(), DoubleEq(0.75 / (3.0 / 5)));
  EXPECT_EQ(response.rules(1).consequent(), "d");
  EXPECT_THAT(response.next_page_token(), IsEmpty());
  request.set_page_size(1);
  ASSERT_OK_AND_ASSIGN(response, server_.Call(&Items::ListItemRules, request));
  request.set_page_token(response.next_page_token());
  ASSERT_OK_AND_ASSIGN(response, server_.Call(&Items::ListItemRules, request));
  EXPECT_EQ(response.rules(0).consequent(), "d");
  EXPECT_THAT(
      server_.Call(&Items::ListItemRules, Parse<v1::ListItemRulesRequest>("parent: 'items/x'")),
      HasReason("ITEM_NOT_FOUND"));
}

TEST_F(ItemServiceTest, RulesOfAnItemAreListedUpToALimit) {
  int item = 0;
  for (int order = 0; order < 22; ++order) {
    std::string items = "hub";
    for (int i = 0; i < 99; ++i) absl::StrAppend(&items, " item-", ++item);
    server_.Follow(absl::StrCat(order), items);
  }
  ASSERT_OK(
      Set("recommend_settings { name: 'recommendSettings' min_pair_order_count: 1 } "
          "update_mask { paths: 'min_pair_order_count' paths: 'min_confidence' "
          "paths: 'min_lift' }"));
  auto request = Parse<v1::ListItemRulesRequest>("parent: 'items/hub' page_size: 1000");
  std::set<std::string> listed;
  int pages = 0;
  do {
    ASSERT_OK_AND_ASSIGN(const auto response, server_.Call(&Items::ListItemRules, request));
    for (const v1::ItemRule& rule : response.rules()) listed.insert(rule.consequent());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && ++pages < 10);
  EXPECT_EQ(listed.size(), 2'000u) << "of 2,178";
}

TEST_F(ItemServiceTest, StoresCannotChangeTheCatalogue) {
  const std::string vienna = RecommendServer::Of("vienna");
  EXPECT_THAT(Create(kWhole, vienna), HasReason("STORE_LIMITED"));
  EXPECT_THAT(Upsert("items { code: 'a' }", vienna), HasReason("STORE_LIMITED"));
  EXPECT_THAT(Update("item { name: 'items/a' } allow_missing: true", vienna),
              HasReason("STORE_LIMITED"));
  EXPECT_THAT(Delete("name: 'items/a'", vienna), HasReason("STORE_LIMITED"));
}

TEST_F(ItemServiceTest, SettingsChange) {
  const auto get = [&] {
    return server_
        .Call(&RecommendServer::Settings::GetRecommendSettings,
              Parse<v1::GetRecommendSettingsRequest>("name: 'recommendSettings'"))
        .value_or(v1::RecommendSettings());
  };
  const v1::RecommendSettings first = get();
  EXPECT_EQ(first.min_pair_order_count(), 3);
  EXPECT_THAT(first.min_confidence(), DoubleEq(0.01));
  EXPECT_EQ(first.best_seller_days(), 30);
  ASSERT_OK_AND_ASSIGN(const auto changed,
                       Set("recommend_settings { name: 'recommendSettings' min_lift: 1.5 }"));
  EXPECT_THAT(changed.min_lift(), DoubleEq(1.5));
  EXPECT_EQ(get().DebugString(), changed.DebugString());
  ASSERT_OK_AND_ASSIGN(const auto zero, Set("recommend_settings { name: 'recommendSettings' } "
                                            "update_mask { paths: 'min_confidence' }"));
  EXPECT_EQ(zero.min_confidence(), 0);
  EXPECT_THAT(zero.min_lift(), DoubleEq(1.5));
  EXPECT_THAT(server_.EventsAfter(0), ElementsAre("recommend_settings_updated recommendSettings",
                                                  "recommend_settings_updated recommendSettings"));
  EXPECT_THAT(Set(absl::StrCat("recommend_settings { name: 'recommendSettings' etag: '",
                               first.etag(), "' min_lift: 1 }")),
              HasReason("ETAG_MISMATCH"));
}

TEST_F(ItemServiceTest, SettingsHaveLimits) {
  const std::pair<std::string, std::string> rows[] = {
      {"INVALID_THRESHOLD", "min_pair_order_count: -1"},
      {"INVALID_THRESHOLD", "min_pair_order_count: 1000001"},
      {"INVALID_THRESHOLD", "min_confidence: 1.01"},
      {"INVALID_THRESHOLD", "min_confidence: -0.1"},
      {"INVALID_THRESHOLD", "min_confidence: nan"},
      {"INVALID_THRESHOLD", "min_lift: inf"},
      {"INVALID_WEIGHT", "view_weight: 2"},
      {"INVALID_WINDOW", "best_seller_days: 367"},
      {"INVALID_WINDOW", "best_seller_days: -1"},
  };
  for (const auto& [reason, text] : rows) {
    EXPECT_THAT(Set("recommend_settings { name: 'recommendSettings' " + text + " }"),
                HasReason(reason))
        << text;
  }
  EXPECT_THAT(Set("recommend_settings { name: 'settings' }"), HasReason("INVALID_NAME"));
  EXPECT_THAT(Set("recommend_settings { name: 'recommendSettings' } update_mask { paths: 'x' }"),
              HasReason("INVALID_UPDATE_MASK"));
}

TEST_F(ItemServiceTest, AnotherWindowCountsBestSellersAnew) {
  server_.Follow("1", "a");
  server_.server().clock().Advance(absl::Hours(24 * 10));
  server_.Follow("2", "b");
  ASSERT_OK(Set("recommend_settings { name: 'recommendSettings' best_seller_days: 10 }"));
  EXPECT_THAT(List("filter: 'recent_order_count > 0'"), ElementsAre("b"));
  ASSERT_OK(Set("recommend_settings { name: 'recommendSettings' best_seller_days: 11 }"));
  EXPECT_THAT(List("filter: 'recent_order_count > 0'"), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace regulars::recommend
