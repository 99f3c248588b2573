#include "loyalty-svc/domain/ledger_totals.h"

#include <gtest/gtest.h>

namespace regulars::loyalty {
namespace {

constexpr ProgrammeAccount kIssued = ProgrammeAccount::kIssued;
constexpr ProgrammeAccount kForfeited = ProgrammeAccount::kForfeited;

LedgerTotals Begin(int64_t issued, int64_t issued_count, int64_t forfeited,
                   int64_t forfeited_count) {
  return LedgerTotals::Begin({{kIssued, issued, issued_count},
                              {ProgrammeAccount::kAdjustments},
                              {kForfeited, forfeited, forfeited_count}});
}

TEST(LedgerTotalsTest, WhatIsPostedAfterTheFirstPageIsLeftOut) {
  LedgerTotals totals = Begin(-30, 2, 0, 0);
  totals.AddBalance(10);
  totals.AddPosting(kIssued, 1, 10);
  // Between the pages: 5 more for the second member, who is then closed.
  const std::optional<LedgerTotals> later = LedgerTotals::Decode(totals.Encode());
  ASSERT_TRUE(later.has_value());
  totals = *later;
  totals.AddBalance(0);
  totals.AddPosting(kIssued, 2, 20);
  totals.AddPosting(kIssued, 3, 5);
  totals.AddPosting(kForfeited, 1, -25);
  EXPECT_EQ(ToInt64(totals.accounts()[0].recomputed), -30);
  EXPECT_EQ(totals.accounts()[0].recomputed_count, 2);
  EXPECT_EQ(ToInt64(totals.accounts()[2].recomputed), 0);
  EXPECT_EQ(totals.accounts()[2].recomputed_count, 0);
  EXPECT_EQ(ToInt64(totals.members().kept), 30);
  EXPECT_EQ(ToInt64(totals.members().recomputed), 30);
}

TEST(LedgerTotalsTest, SumsOfDamagedBooksAreShownAsFarAsTheyFit) {
  LedgerTotals totals = Begin(0, 10, 0, 0);
  for (int i = 0; i < 3; ++i) {
    totals.AddBalance(INT64_MAX);
    totals.AddPosting(kIssued, 1, INT64_MAX);
  }
  EXPECT_EQ(ToInt64(totals.members().kept), INT64_MAX);
  EXPECT_EQ(ToInt64(totals.accounts()[0].recomputed), INT64_MIN);
  EXPECT_TRUE(LedgerTotals::Decode(totals.Encode()).has_value());
}

TEST(LedgerTotalsTest, RefusesWhatIsNotItsOwn) {
  const std::string good = Begin(1, 2, 3, 4).Encode();
  EXPECT_TRUE(LedgerTotals::Decode(good).has_value());
  for (const std::string& bad : {std::string(), std::string("x"), good + " 1", good + " ",
                                 good.substr(2), good + "x", good + "99999999999999999999"}) {
    EXPECT_FALSE(LedgerTotals::Decode(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace regulars::loyalty
