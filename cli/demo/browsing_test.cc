#include "cli/demo/browsing.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/match.h"
#include "cli/demo/shop.h"

namespace regulars::demo {
namespace {

constexpr uint64_t kSeed = 7;
constexpr int64_t kCustomers = 300;
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(BrowsingTest, VisitsAreTheSameAgainAndOfThePastAndNameNobody) {
  const Shop shop(kSeed, kNow);
  std::set<std::string> messages;
  size_t visits = 0;
  size_t added = 0;
  for (int64_t i = 0; i < kCustomers; ++i) {
    const Buyer buyer = shop.MakeBuyer(i);
    const std::vector<Receipt> receipts = shop.MakeReceipts(i);
    const std::vector<Visit> made = MakeVisits(kSeed, i, buyer, receipts, kNow);
    EXPECT_EQ(made, MakeVisits(kSeed, i, buyer, receipts, kNow));
    for (const Visit& visit : made) {
      ++visits;
      added += visit.event_name == "product_added";
      EXPECT_TRUE(messages.insert(visit.message_id).second) << visit.message_id;
      EXPECT_EQ(visit.message_id.size(), 32u);
      EXPECT_FALSE(absl::StrContains(visit.message_id, buyer.external_id));
      EXPECT_EQ(visit.buyer, buyer.external_id);
      EXPECT_LE(visit.time, kNow);
      EXPECT_FALSE(visit.item.empty());
    }
  }
  EXPECT_GT(visits, 100u);
  EXPECT_GT(added, 10u);
  EXPECT_LT(added, visits / 2);
}

TEST(BrowsingTest, ThoseWithTheNewsletterHaveAgreedAndSomeLeft) {
  const Shop shop(kSeed, kNow);
  int agreed = 0;
  int left = 0;
  for (int64_t i = 0; i < kCustomers; ++i) {
    const Buyer buyer = shop.MakeBuyer(i);
    const std::vector<ConsentWord> words = MakeConsents(kSeed, i, buyer, kNow);
    const bool reads = std::count(buyer.tags.begin(), buyer.tags.end(), "newsletter") > 0;
    EXPECT_EQ(!words.empty(), reads);
    if (words.empty()) continue;
    ++agreed;
    EXPECT_TRUE(words.front().granted);
    left += !words.back().granted;
    EXPECT_GE(words.back().time, words.front().time);
    EXPECT_LE(words.back().time, kNow);
  }
  EXPECT_GT(agreed, kCustomers / 4);
  EXPECT_GT(left, 0);
  EXPECT_LT(left, agreed / 3);
}

}  // namespace
}  // namespace regulars::demo
