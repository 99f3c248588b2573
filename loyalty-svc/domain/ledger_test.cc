#include "loyalty-svc/domain/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "chassis/testing/status_matchers.h"
#include "loyalty-svc/domain/adjustment.h"
#include "loyalty-svc/domain/replay.h"

namespace regulars::loyalty {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;

// A member's account in memory.
struct Account {
  Balance balance;
  OpenLots open;
  std::vector<Lot> lots;  // The open ones by number.

  void Post(int64_t points, std::optional<int64_t> receipt = std::nullopt) {
    const Movement movement{points, points, receipt};
    const auto moved = Move(balance, open.ToTake(movement), movement);
    ASSERT_OK(moved);
    balance = moved->after;
    open.Settle(*moved);
    lots = open.All();
  }
};

TEST(MoveTest, TakesFromItsOwnReceiptThenFromTheOldest) {
  Account account;
  account.Post(10, 1);
  account.Post(20, 2);
  account.Post(30, 3);
  account.Post(-25, 3);
  EXPECT_THAT(account.lots, ElementsAre(Lot{1, 1, 10}, Lot{2, 2, 20}, Lot{3, 3, 5}));
  account.Post(-8, 3);
  EXPECT_THAT(account.lots, ElementsAre(Lot{1, 1, 7}, Lot{2, 2, 20}));
  account.Post(-9);
  EXPECT_THAT(account.lots, ElementsAre(Lot{2, 2, 18}));
  EXPECT_EQ(account.balance, (Balance{18, 18, 6}));
}

TEST(OpenLotsTest, AsManyAreTakenFromAsItTakes) {
  Account account;
  account.Post(10, 1);
  account.Post(20, 2);
  account.Post(30);
  account.Post(40, 2);
  const auto numbers = [&](int64_t points, std::optional<int64_t> receipt) {
    std::vector<int64_t> numbers;
    for (const Lot& lot : account.open.ToTake({points, 0, receipt})) numbers.push_back(lot.number);
    return numbers;
  };
  EXPECT_THAT(numbers(-20, 2), ElementsAre(2));
  EXPECT_THAT(numbers(-21, 2), ElementsAre(2, 4));
  EXPECT_THAT(numbers(-61, 2), ElementsAre(2, 4, 1));
  EXPECT_THAT(numbers(-999, 2), ElementsAre(2, 4, 1, 3));
  EXPECT_THAT(numbers(-31, 9), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers(-10, std::nullopt), ElementsAre(1));
  EXPECT_THAT(numbers(5, 2), IsEmpty());
}

TEST(MoveTest, WhatIsOwedIsPaidFirst) {
  Account account;
  account.Post(10, 1);
  account.Post(-40);
  EXPECT_EQ(account.balance.points, -30);
  EXPECT_THAT(account.lots, IsEmpty());
  account.Post(30, 2);
  EXPECT_THAT(account.lots, IsEmpty()) << "it only paid";
  account.Post(-5, 2);
  account.Post(12, 3);
  EXPECT_EQ(account.balance.points, 7);
  EXPECT_THAT(account.lots, ElementsAre(Lot{5, 3, 7}));
}

// nopCommerce#5595: register +50, redeem -50, earn +21, cancel -21, refund +50.
TEST(MoveTest, TheOrderOfThingsDoesNotLosePoints) {
  Account account;
  account.Post(50);
  account.Post(-50);
  account.Post(21, 1);
  account.Post(-21, 1);
  account.Post(50);
  EXPECT_EQ(account.balance.points, 50);
  EXPECT_THAT(account.lots, ElementsAre(Lot{5, std::nullopt, 50}));
}

TEST(MoveTest, NoBalanceBeyondTheLimit) {
  EXPECT_THAT(Move({.points = kMaxBalance}, {}, {.points = 1}), HasReason("BALANCE_OUT_OF_RANGE"));
  EXPECT_THAT(Move({.points = -kMaxBalance}, {}, {.points = -1}),
              HasReason("BALANCE_OUT_OF_RANGE"));
  EXPECT_THAT(Move({.qualifying = kMaxBalance}, {}, {.points = 1, .qualifying = 1}),
              HasReason("BALANCE_OUT_OF_RANGE"));
  EXPECT_THAT(Move({.points = kMaxBalance - 1}, {}, {.points = 1}), IsOk());
}

// FloCafe#78: debits that are not bound to lots are taken twice in the end.
TEST(MoveTest, LotsAlwaysHoldWhatTheBalanceSays) {
  std::mt19937 random(42);
  for (int round = 0; round < 200; ++round) {
    Account account;
    Replay replay;
    int64_t sum = 0;
    for (int i = 0; i < 60; ++i) {
      int64_t points = static_cast<int64_t>(random() % 200) - 100;
      if (points == 0) points = 1;
      std::optional<int64_t> receipt;
      if (random() % 3 != 0) receipt = static_cast<int64_t>(random() % 5);
      account.Post(points, receipt);
      sum += points;
      EXPECT_OK(replay.Add({points, points, receipt}, account.balance.posting_count,
                           account.balance.points));
      ASSERT_EQ(account.balance.points, sum);
      ASSERT_EQ(SumOf(account.lots), std::max<int64_t>(sum, 0));
      for (const Lot& lot : account.lots) ASSERT_GT(lot.remaining, 0);
    }
    EXPECT_EQ(replay.balance(), account.balance);
    EXPECT_EQ(replay.lots(), account.lots);
    EXPECT_EQ(replay.wrong_postings(), 0);
  }
}

TEST(ReplayTest, SeesPostingsThatDoNotAddUp) {
  Replay replay;
  EXPECT_OK(replay.Add({10, 10, 1}, 1, 10));
  EXPECT_OK(replay.Add({5, 5, 1}, 2, 16));
  EXPECT_OK(replay.Add({5, 5, 1}, 4, 20));
  EXPECT_EQ(replay.wrong_postings(), 2);
  EXPECT_THAT(replay.by_receipt(), ElementsAre(::testing::Pair(1, 20)));
}

TEST(AccountTest, EveryKindHasItsOtherSide) {
  EXPECT_EQ(AccountId(AccountOf(PostingKind::kEarn)), "issued");
  EXPECT_EQ(AccountId(AccountOf(PostingKind::kReturn)), "issued");
  EXPECT_EQ(AccountId(AccountOf(PostingKind::kCancellation)), "issued");
  EXPECT_EQ(AccountId(AccountOf(PostingKind::kCorrection)), "issued");
  EXPECT_EQ(AccountId(AccountOf(PostingKind::kAdjustment)), "adjustments");
  EXPECT_EQ(AccountId(AccountOf(PostingKind::kClose)), "forfeited");
}

TEST(AdjustmentTest, Checks) {
  struct Case {
    Adjustment adjustment;
    const char* reason;
  };
  const std::string long_text(65, 'A');
  const Case bad[] = {
      {{.points = 0, .reason_code = "X"}, "INVALID_POINTS"},
      {{.points = kMaxAdjustmentPoints + 1, .reason_code = "X"}, "INVALID_POINTS"},
      {{.points = INT64_MIN, .reason_code = "X"}, "INVALID_POINTS"},
      {{.points = 1}, "INVALID_REASON_CODE"},
      {{.points = 1, .reason_code = "goodwill"}, "INVALID_REASON_CODE"},
      {{.points = 1, .reason_code = "1ST"}, "INVALID_REASON_CODE"},
      {{.points = 1, .reason_code = long_text}, "INVALID_REASON_CODE"},
      {{.points = 1, .reason_code = "X", .reference = "Ann Smith"}, "INVALID_REFERENCE"},
      {{.points = 1, .reason_code = "X", .reference = long_text}, "INVALID_REFERENCE"},
  };
  for (const Case& c : bad) {
    EXPECT_THAT(CheckAdjustment(c.adjustment), HasReason(c.reason)) << c.adjustment.reason_code;
  }
  EXPECT_OK(CheckAdjustment({-5, "GOODWILL_2", "crm/ticket:4711#3"}));
}

TEST(AdjustmentTest, TakesNoMoreThanThereIsUnlessAllowed) {
  Member member{.balance = {.points = 10}};
  EXPECT_OK(CheckAdjustable(member, {.points = -10}));
  EXPECT_THAT(CheckAdjustable(member, {.points = -11}), HasReason("INSUFFICIENT_POINTS"));
  EXPECT_OK(CheckAdjustable(member, {.points = -11, .allow_negative_balance = true}));
  member.balance.points = -10;
  EXPECT_THAT(CheckAdjustable(member, {.points = -1}), HasReason("INSUFFICIENT_POINTS"));
  EXPECT_OK(CheckAdjustable(member, {.points = 1}));
  member.state = MemberState::kClosed;
  EXPECT_THAT(CheckAdjustable(member, {.points = 1}), HasReason("MEMBER_CLOSED"));
}

}  // namespace
}  // namespace regulars::loyalty
