#include "customer-svc/domain/clues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CluesTest, AreWhatIdentifiesAPerson) {
  Customer customer;
  EXPECT_THAT(CluesOf(customer), IsEmpty());
  customer.given_name = "Zoë";
  customer.family_name = "Fitz";
  customer.emails = {{.address = "Zoe@Example.com", .folded = "zoe@example.com"}};
  customer.phones = {{.number = "+442079460000"}};
  customer.external_ids = {{"shop", "K-4711"}, {"till", "7"}};
  EXPECT_THAT(CluesOf(customer),
              ElementsAre("+442079460000", "k-4711", "zoe@example.com", "zoë\nfitz"));
}

TEST(CluesTest, ShortNamesAreNone) {
  Customer customer;
  customer.given_name = "Al";
  customer.family_name = "Li";
  EXPECT_THAT(CluesOf(customer), IsEmpty());
}

TEST(CluesTest, ATextNamesAPersonByWholeWords) {
  const Clues clues({"zoe@example.com", "zoë\nfitz", "1000", "+442079460000", "伟\n王小明"});
  struct Case {
    const char* text;
    bool named;
  };
  const std::vector<Case> cases = {
      {"4;ZOE@example.COM;x", true},
      {"write to zoe@example.com.", true},
      {"<zoe@example.com>", true},
      {"zoe@example.org", false},
      {"chloezoe@example.com", false},
      {"chloe.zoe@example.com", false},
      {"zoe@example.com.au", false},
      {"Zoë Fitz", true},
      {"Fitz;Zoë;London", true},
      {"\"Fitz\", \"Zoë\"", true},
      {"Fitz;Zelda;London", false},
      {"Fitz;7 Long Lane;Zoë", false},
      {"Zoë Fitzroy", false},
      {"zoëfitz", true},
      {"王小明伟", true},
      {"7;1000;EUR", true},
      {"7;10007;EUR", false},
      {"r1000", false},
      {"tel:+442079460000;", true},
      {"+4420794600001", false},
      {"", false},
  };
  for (const Case& c : cases) EXPECT_EQ(clues.AreIn(c.text), c.named) << c.text;
  EXPECT_FALSE(Clues({}).AreIn("zoe@example.com"));
}

}  // namespace
}  // namespace regulars::customer
