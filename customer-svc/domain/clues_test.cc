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

TEST(CluesTest, ATextIsAboutWhoeverItHoldsAllWordsOf) {
  const std::vector<std::string> clues = {"zoe@example.com", "zoë\nfitz"};
  EXPECT_TRUE(IsAbout("4;ZOE@example.COM;x", clues));
  EXPECT_TRUE(IsAbout("Fitz;Zoë;London", clues));
  EXPECT_FALSE(IsAbout("Fitz;Zelda;London", clues));
  EXPECT_FALSE(IsAbout("zoe@example.org", clues));
  EXPECT_FALSE(IsAbout("zoe@example.com", {}));
}

}  // namespace
}  // namespace regulars::customer
