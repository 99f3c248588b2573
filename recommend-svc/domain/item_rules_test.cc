#include "recommend-svc/domain/item_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "chassis/testing/status_matchers.h"
#include "recommend-svc/domain/text_rules.h"

namespace regulars::recommend {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;

TEST(ItemRulesTest, IdsAreCodesWithTwoCharactersEscaped) {
  const std::pair<std::string, std::string> rows[] = {
      {"85123A", "85123A"}, {"A/1", "A%2F1"},   {"100%", "100%25"}, {"%2F", "%252F"},
      {"a b", "a b"},       {"größe", "größe"}, {"//", "%2F%2F"},   {".", "."},
  };
  for (const auto& [code, id] : rows) {
    EXPECT_EQ(ItemIdOf(code), id);
    EXPECT_EQ(CodeOfItemId(id), code);
  }
  for (const std::string id : {"", "A/1", "100%", "%2f", "%41", "a\nb", "\xff"}) {
    EXPECT_EQ(CodeOfItemId(id), std::nullopt) << id;
  }
  EXPECT_EQ(CodeOfItemId(std::string(101, 'x')), std::nullopt);
  EXPECT_NE(CodeOfItemId(std::string(100, 'x')), std::nullopt);
}

TEST(ItemRulesTest, CategoriesTakeInThoseBelow) {
  const std::vector<std::string> categories = {"Garden/Pots", "Sale"};
  for (const char* wanted : {"Garden", "Garden/Pots", "Sale"}) {
    EXPECT_TRUE(IsInCategory(categories, wanted)) << wanted;
  }
  for (const char* wanted : {"Gar", "Garden/Pot", "Garden/Pots/Clay", "Pots", "sale", ""}) {
    EXPECT_FALSE(IsInCategory(categories, wanted)) << wanted;
  }
}

struct BadText {
  const char* reason;
  std::function<void(ItemTexts&)> spoil;
};

TEST(ItemRulesTest, RefusesWhatIsNotAllowed) {
  const BadText rows[] = {
      {"INVALID_TITLE", [](ItemTexts& t) { t.title = std::string(501, 'x'); }},
      {"INVALID_TITLE", [](ItemTexts& t) { t.title = "a\x01"; }},
      {"INVALID_TITLE", [](ItemTexts& t) { t.title = "\xc3("; }},
      {"INVALID_URL", [](ItemTexts& t) { t.url = "javascript:alert(1)"; }},
      {"INVALID_URL", [](ItemTexts& t) { t.url = "https:///path"; }},
      {"INVALID_URL", [](ItemTexts& t) { t.image_url = "https://a.example/\"><script>"; }},
      {"INVALID_URL", [](ItemTexts& t) { t.image_url = "https://a.example/a b"; }},
      {"INVALID_CURRENCY",
       [](ItemTexts& t) {
         t.price = Money{1, "eur"};
       }},
      {"INVALID_PRICE",
       [](ItemTexts& t) {
         t.price = Money{-1, "EUR"};
       }},
      {"INVALID_CATEGORY", [](ItemTexts& t) { t.categories = {"a//b"}; }},
      {"INVALID_CATEGORY", [](ItemTexts& t) { t.categories = {"/a"}; }},
      {"INVALID_CATEGORY", [](ItemTexts& t) { t.categories = {""}; }},
      {"TOO_MANY_CATEGORIES",
       [](ItemTexts& t) {
         for (int i = 0; i < 21; ++i) t.categories.push_back(std::to_string(i));
       }},
      {"INVALID_TAG", [](ItemTexts& t) { t.tags = {"two words"}; }},
      {"TOO_MANY_TAGS",
       [](ItemTexts& t) {
         for (int i = 0; i < 51; ++i) t.tags.push_back(std::to_string(i));
       }},
      {"INVALID_AVAILABILITY", [](ItemTexts& t) { t.availability = Availability{7}; }},
      {"INVALID_ATTRIBUTE", [](ItemTexts& t) { t.attributes["Color"] = "red"; }},
      {"INVALID_ATTRIBUTE", [](ItemTexts& t) { t.attributes["color"] = std::string(1001, 'x'); }},
      {"TOO_MANY_ATTRIBUTES",
       [](ItemTexts& t) {
         for (int i = 0; i < 51; ++i) t.attributes["a" + std::to_string(i)] = "";
       }},
  };
  for (const BadText& row : rows) {
    ItemTexts texts;
    row.spoil(texts);
    EXPECT_THAT(CheckTexts(ItemMask().set(), texts), HasReason(row.reason));
    row.spoil(texts = ItemTexts());
    EXPECT_OK(CheckTexts(ItemMask(), texts)) << "what is not masked is not checked";
  }
}

TEST(ItemRulesTest, TakesWhatIsAllowed) {
  ItemTexts texts;
  texts.title = std::string(500, 'x');
  texts.url = "HTTPS://shop.example/a?b=c#d";
  texts.image_url = "http://münchen.example/ä.png";
  texts.price = Money{0, "JPY"};
  texts.categories = {"Haus & Garten/Töpfe", "Sale", "Sale"};
  texts.tags = {"größe:xl", "sale", "sale"};
  texts.attributes = {{"color", ""}};
  ASSERT_OK(CheckTexts(ItemMask().set(), texts));
  EXPECT_THAT(texts.categories, ElementsAre("Haus & Garten/Töpfe", "Sale"));
  EXPECT_THAT(texts.tags, ElementsAre("größe:xl", "sale"));
}

TEST(ItemRulesTest, ChangesWhatIsMasked) {
  ItemTexts from;
  from.title = "Pot";
  from.availability = Availability::kOutOfStock;
  ItemTexts to;
  to.url = "https://a.example/";
  ASSERT_OK_AND_ASSIGN(const ItemMask mask, ParseItemMask({"title", "url", "name", "etag"}));
  EXPECT_THAT(FieldPaths(ChangeTexts(mask, from, to)), ElementsAre("title", "url"));
  EXPECT_EQ(to.title, "Pot");
  EXPECT_EQ(to.url, "");
  EXPECT_EQ(to.availability, Availability::kInStock);
  EXPECT_TRUE(ChangeTexts(mask, from, to).none()) << "nothing is left to change";
  EXPECT_THAT(FieldPaths(SetFields(from, true)), ElementsAre("title", "availability"));
  EXPECT_THAT(FieldPaths(SetFields(from, false)), ElementsAre("title"));
  EXPECT_THAT(ParseItemMask({"titel"}), HasReason("INVALID_UPDATE_MASK"));
  ASSERT_OK_AND_ASSIGN(const ItemMask all, ParseItemMask({"*"}));
  EXPECT_TRUE(all.all());
}

}  // namespace
}  // namespace regulars::recommend
