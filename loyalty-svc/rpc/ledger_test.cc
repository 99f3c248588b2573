#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loyalty-svc/store/ledger.h"
#include "loyalty-svc/store/receipts.h"
#include "loyalty-svc/testing/loyalty_server.h"

namespace regulars::loyalty {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::IsOk;
using Ledger = LoyaltyServer::Ledger;

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    for (int i = 1; i <= 5; ++i) {
      server_.Recorded(LoyaltyServer::MakeOrder(absl::StrCat("r", i), "ann", i));
    }
  }

  // What an auditor is told after the store was spoiled by hand.
  std::vector<std::string> FindingsAfter(const std::string& sql) {
    EXPECT_OK(server_.server().store().Write([&](Transaction& tx) { return tx.Sql(sql).Run(); }));
    const auto verified = server_.Call(&Ledger::VerifyLedger, v1::VerifyLedgerRequest());
    EXPECT_OK(verified);
    std::vector<std::string> findings;
    if (!verified.ok()) return findings;
    for (const auto& found : verified->discrepancies()) {
      const std::string collection = found.resource().substr(0, found.resource().find('/'));
      findings.push_back(
          absl::StrCat(collection, " ", found.what(), " ", found.kept(), " ", found.recomputed()));
    }
    return findings;
  }

  LoyaltyServer server_;
};

TEST_F(LedgerTest, StatementsComeInPages) {
  v1::ListPostingsRequest request;
  request.set_parent(server_.MemberOf("ann").name());
  request.set_page_size(2);
  std::vector<int64_t> balances;
  for (int pages = 0; pages < 5; ++pages) {
    ASSERT_OK_AND_ASSIGN(const auto page, server_.Call(&Ledger::ListPostings, request));
    for (const v1::Posting& posting : page.postings()) balances.push_back(posting.balance_after());
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  EXPECT_THAT(balances, ElementsAre(15, 10, 6, 3, 1));
  request.set_parent("members/nobody");
  request.clear_page_token();
  EXPECT_THAT(server_.Call(&Ledger::ListPostings, request), HasReason("MEMBER_NOT_FOUND"));
}

TEST_F(LedgerTest, GetsOnePosting) {
  v1::GetPostingRequest request;
  const std::string ann = server_.MemberOf("ann").name();
  request.set_name(ann + "/postings/3");
  ASSERT_OK_AND_ASSIGN(const v1::Posting posting, server_.Call(&Ledger::GetPosting, request));
  EXPECT_EQ(posting.points(), 3);
  EXPECT_EQ(posting.order(), "orders/r3");
  EXPECT_EQ(posting.order_source(), "till");
  EXPECT_EQ(posting.order_receipt_number(), "r3");
  for (const char* id : {"0", "6", "03", "x", "-1", "99999999999999999999"}) {
    request.set_name(absl::StrCat(ann, "/postings/", id));
    EXPECT_THAT(server_.Call(&Ledger::GetPosting, request), HasReason("POSTING_NOT_FOUND")) << id;
  }
  request.set_name("members/nobody/postings/1");
  EXPECT_THAT(server_.Call(&Ledger::GetPosting, request), HasReason("POSTING_NOT_FOUND"));
}

TEST_F(LedgerTest, ATakingReadsTheLotsThatItTakesFrom) {
  v1::AdjustPointsRequest adjust;
  adjust.set_member(server_.MemberOf("ann").name());
  adjust.set_points(6);
  adjust.set_reason_code("GOODWILL");
  ASSERT_OK(server_.Call(&LoyaltyServer::Members::AdjustPoints, adjust));
  EXPECT_OK(server_.server().store().Read([](Snapshot& db) -> absl::Status {
    const auto numbers = [&](int64_t points, const char* order) {
      std::vector<int64_t> numbers;
      const auto receipt = receipts::FindByOrder(db, order);
      EXPECT_OK(receipt);
      std::optional<int64_t> key;
      if (receipt.ok() && *receipt) key = (*receipt)->key;
      const auto lots = ledger::LotsToTake(db, /*member=*/1, {.points = points, .receipt = key});
      EXPECT_OK(lots);
      for (const Lot& lot : lots.value_or(std::vector<Lot>())) numbers.push_back(lot.number);
      return numbers;
    };
    EXPECT_THAT(numbers(-4, "r4"), ElementsAre(4));
    EXPECT_THAT(numbers(-5, "r4"), ElementsAre(4, 1));
    EXPECT_THAT(numbers(-8, "r4"), ElementsAre(4, 1, 2, 3));
    EXPECT_THAT(numbers(-99, "r4"), ElementsAre(4, 1, 2, 3, 5, 6));
    EXPECT_THAT(numbers(-3, "none"), ElementsAre(1, 2));
    EXPECT_THAT(numbers(-99, "none"), ElementsAre(1, 2, 3, 4, 5, 6));
    return absl::OkStatus();
  }));
}

TEST_F(LedgerTest, VerifiesPageByPage) {
  for (int i = 0; i < 7; ++i) {
    server_.Recorded(LoyaltyServer::MakeOrder(absl::StrCat("s", i), absl::StrCat("c", i), 10));
  }
  v1::VerifyLedgerRequest request;
  // Two members of one posting each, or the one of five.
  request.set_page_size(4);
  std::vector<std::string> checked;
  for (int pages = 0; pages < 10; ++pages) {
    ASSERT_OK_AND_ASSIGN(const auto page, server_.Call(&Ledger::VerifyLedger, request));
    EXPECT_EQ(page.discrepancies_size(), 0) << page.DebugString();
    checked.push_back(
        absl::StrCat(page.checked_members(), " with ", page.checked_postings(), ", ",
                     page.accounts_size() > 0 ? page.accounts(3).recomputed_balance() : 0));
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  EXPECT_THAT(checked, ElementsAre("1 with 5, 0", "2 with 2, 0", "2 with 2, 0", "2 with 2, 0",
                                   "1 with 1, 85"));
}

TEST_F(LedgerTest, VerifiesWhilePointsMove) {
  server_.Recorded(LoyaltyServer::MakeOrder("b", "bob", 10));
  server_.Recorded(LoyaltyServer::MakeOrder("c", "cid", 10));
  v1::VerifyLedgerRequest request;
  request.set_page_size(1);
  ASSERT_OK_AND_ASSIGN(auto page, server_.Call(&Ledger::VerifyLedger, request));
  // Of those behind, of those before, and of one who joins.
  server_.Recorded(LoyaltyServer::MakeOrder("r6", "ann", 6));
  server_.Changed(LoyaltyServer::MakeOrder("b", "cid", 10));
  server_.Recorded(LoyaltyServer::MakeOrder("d", "dan", 10));
  v1::CloseMemberRequest close;
  close.set_name(server_.MemberOf("cid").name());
  ASSERT_OK(server_.Call(&LoyaltyServer::Members::CloseMember, close));
  for (int pages = 0; pages < 10 && !page.next_page_token().empty(); ++pages) {
    EXPECT_EQ(page.discrepancies_size(), 0) << page.DebugString();
    request.set_page_token(page.next_page_token());
    ASSERT_OK_AND_ASSIGN(page, server_.Call(&Ledger::VerifyLedger, request));
  }
  EXPECT_EQ(page.discrepancies_size(), 0) << page.DebugString();
  ASSERT_EQ(page.accounts_size(), 4);
  EXPECT_EQ(page.accounts(0).balance(), -35) << "as it was at the first page";
  EXPECT_EQ(page.accounts(3).balance(), 35);
  server_.ExpectBooksBalance();
}

TEST_F(LedgerTest, VerifyingIsForAdministrators) {
  EXPECT_THAT(server_.Call(&Ledger::VerifyLedger, v1::VerifyLedgerRequest(),
                           "users/ann loyalty.read,loyalty.write"),
              HasReason("SCOPE_MISSING"));
}

TEST_F(LedgerTest, SeesWhatIsWrong) {
  EXPECT_THAT(FindingsAfter("UPDATE member SET balance = 16"),
              ElementsAre("members balance 16 15", "accounts balance 16 15", "accounts sum 1 0"));
  EXPECT_THAT(FindingsAfter("UPDATE member SET balance = 15, qualifying = 1"),
              ElementsAre("members qualifying_points 1 15"));
  EXPECT_THAT(FindingsAfter("UPDATE member SET qualifying = 15, posting_count = 6"),
              ElementsAre("members posting_count 6 5"));
  EXPECT_THAT(FindingsAfter("UPDATE member SET posting_count = 5"), ElementsAre());
  EXPECT_THAT(FindingsAfter("UPDATE account SET balance = -14 WHERE key = 1"),
              ElementsAre("accounts balance -14 -15", "accounts sum 1 0"));
  EXPECT_THAT(FindingsAfter("UPDATE account SET balance = -15, posting_count = 6 WHERE key = 1"),
              ElementsAre("accounts posting_count 6 5"));
  EXPECT_THAT(FindingsAfter("UPDATE account SET posting_count = 5 WHERE key = 1"), ElementsAre());
  EXPECT_THAT(FindingsAfter("UPDATE lot SET remaining = 9 WHERE number = 5"),
              ElementsAre("members lots 19 15", "members lots 5 5"));
  EXPECT_THAT(FindingsAfter("UPDATE lot SET remaining = 5 WHERE number = 5"), ElementsAre());
  EXPECT_THAT(FindingsAfter("UPDATE receipt SET standing = 9 WHERE number = 'r5'"),
              ElementsAre("members receipts 9 5"));
  EXPECT_THAT(FindingsAfter("UPDATE receipt SET standing = 5 WHERE number = 'r5'"), ElementsAre());
  // One that nothing was ever posted for.
  server_.Recorded(LoyaltyServer::MakeOrder("r6", "", 9));
  EXPECT_THAT(FindingsAfter("UPDATE receipt SET standing = 9, standing_member = 1 "
                            "WHERE number = 'r6'"),
              ElementsAre("members receipts 9 0"));
}

TEST_F(LedgerTest, AnAccountHasItsLimit) {
  const auto set = [&](int64_t balance) {
    EXPECT_OK(server_.server().store().Write([&](Transaction& tx) {
      return tx.Sql("UPDATE account SET balance = ? WHERE key = 1", balance).Run();
    }));
  };
  const auto account = [&] {
    int64_t balance = 0;
    EXPECT_OK(server_.server().store().Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto row,
                            db.Sql("SELECT balance FROM account WHERE key = 1").First<int64_t>());
      balance = row.value_or(0);
      return absl::OkStatus();
    }));
    return balance;
  };
  set(20 - kMaxAccountBalance);
  customer::v1::OrderRecorded order;
  *order.mutable_order() = LoyaltyServer::MakeOrder("big", "ann", 21);
  EXPECT_THAT(server_.Follow(order), HasReason("BALANCE_OUT_OF_RANGE"));
  EXPECT_EQ(account(), 20 - kMaxAccountBalance);
  EXPECT_EQ(server_.MemberOf("ann").balance(), 15);
  server_.Recorded(LoyaltyServer::MakeOrder("fits", "ann", 20));
  EXPECT_EQ(account(), -kMaxAccountBalance);
  set(-35);
  server_.ExpectBooksBalance();
}

TEST_F(LedgerTest, PostingsCannotBeChanged) {
  for (const char* sql : {"UPDATE posting SET points = 9", "DELETE FROM posting"}) {
    const absl::Status status =
        server_.server().store().Write([&](Transaction& tx) { return tx.Sql(sql).Run(); });
    EXPECT_FALSE(status.ok()) << sql;
  }
  server_.ExpectBooksBalance();
}

}  // namespace
}  // namespace regulars::loyalty
