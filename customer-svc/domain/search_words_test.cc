#include "customer-svc/domain/search_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

Customer Person(const std::string& given, const std::string& family,
                const std::string& company = "", const std::string& display = "") {
  Customer customer;
  customer.given_name = given;
  customer.family_name = family;
  customer.company = company;
  customer.display_name = display;
  return customer;
}

TEST(DisplayName, TakesTheBestThatIsKnown) {
  EXPECT_EQ(DisplayName(Person("Ann", "Smith", "Acme", "The Boss")), "The Boss");
  EXPECT_EQ(DisplayName(Person("Ann", "Smith", "Acme")), "Ann Smith");
  EXPECT_EQ(DisplayName(Person("Ann", "", "Acme")), "Ann");
  EXPECT_EQ(DisplayName(Person("", "Smith", "Acme")), "Smith");
  EXPECT_EQ(DisplayName(Person("", "", "Acme")), "Acme");
  EXPECT_EQ(DisplayName(Person("", "")), "");
}

TEST(SearchWords, FoldsAndSplits) {
  EXPECT_THAT(SearchWords("Johanna M\xC3\xBCller"), ElementsAre("johanna", "muller"));
  EXPECT_THAT(SearchWords("Anne-Marie d'Angelo"), ElementsAre("anne", "marie", "dangelo"));
  EXPECT_THAT(SearchWords("O\xE2\x80\x99"
                          "Brien"),
              ElementsAre("obrien"));
  EXPECT_THAT(SearchWords("J.R. Smith & Sons, Ltd."),
              ElementsAre("j", "r", "smith", "sons", "ltd"));
  EXPECT_THAT(SearchWords("New York New York"), ElementsAre("new", "york"));
  EXPECT_THAT(SearchWords("\xE5\xB1\xB1\xE7\x94\xB0 \xE5\xA4\xAA\xE9\x83\x8E"),
              ElementsAre("\xE5\xB1\xB1\xE7\x94\xB0", "\xE5\xA4\xAA\xE9\x83\x8E"));
  EXPECT_THAT(SearchWords(" - . \t"), IsEmpty());
  EXPECT_THAT(SearchWords(""), IsEmpty());
}

TEST(SearchWords, HasLimits) {
  std::string many;
  for (int i = 0; i < 40; ++i) many += "w" + std::to_string(i) + " ";
  EXPECT_THAT(SearchWords(many), SizeIs(kMaxSearchWords));
  // 'é' twice folds to 'e'; the cut at 40 bytes leaves whole letters: 13 kanji of 3 bytes.
  std::string kanji;
  for (int i = 0; i < 20; ++i) kanji += "\xE5\xB1\xB1";
  EXPECT_EQ(SearchWords(kanji).at(0).size(), 39u);
}

TEST(NameEntries, OneFromEachWordOn) {
  EXPECT_THAT(
      NameEntries(Person("Johanna", "M\xC3\xBCller", "Acme")),
      UnorderedElementsAre("johanna muller acme", "muller acme johanna", "acme johanna muller"));
  EXPECT_THAT(NameEntries(Person("Ann", "Smith", "", "Ann Smith")),
              UnorderedElementsAre("ann smith", "smith ann"));
  EXPECT_THAT(NameEntries(Person("", "")), IsEmpty());
}

// However many of a customer's words begin with what was typed, it is found once.
TEST(FindsBy, EachCustomerByOneEntry) {
  struct Row {
    const char* name;
    Customer customer;
    const char* typed;
    int found;
  };
  const Row rows[] = {
      {"both_words", Person("Johanna", "M\xC3\xBCller"), "mul joh", 1},
      {"other_order", Person("Johanna", "M\xC3\xBCller"), "joh mul", 1},
      {"one_word", Person("Johanna", "M\xC3\xBCller"), "johanna", 1},
      {"two_words_begin_so", Person("John", "Johnson"), "jo", 1},
      {"two_words_begin_so_and_another", Person("John", "Johnson", "Acme"), "joh ac", 1},
      {"three_words_begin_so", Person("Ann", "Anne", "Anna"), "an", 1},
      {"not_the_middle", Person("Johanna", "M\xC3\xBCller"), "hanna", 0},
      {"one_word_of_two", Person("Johanna", "M\xC3\xBCller"), "joh sch", 0},
      {"longer_than_the_name", Person("Jo", "M\xC3\xBCller"), "joh", 0},
  };
  for (const Row& row : rows) {
    const std::vector<std::string> typed = SearchWords(row.typed);
    const size_t driver = ChooseDriver(typed);
    int found = 0;
    for (const std::string& entry : NameEntries(row.customer)) {
      found += FindsBy(entry, typed, driver) ? 1 : 0;
    }
    EXPECT_EQ(found, row.found) << row.name;
  }
}

}  // namespace
}  // namespace regulars::customer
