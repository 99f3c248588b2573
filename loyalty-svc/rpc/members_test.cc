#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "loyalty-svc/rpc/receipt_changes.h"
#include "loyalty-svc/testing/loyalty_server.h"
#include "regulars/privacy/v1/privacy_service.grpc.pb.h"

namespace regulars::loyalty {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using testing::IsOk;
using Members = LoyaltyServer::Members;

// Of the form that customer-svc's ids have.
constexpr char kAnn[] = "06g1x7k3vq8s5e0h4m2n9p1r3t";
constexpr char kAnnsName[] = "customers/06g1x7k3vq8s5e0h4m2n9p1r3t";

class MembersTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Member> Enrol(const std::string& customer, const std::string& more = "") {
    auto request = Parse<v1::EnrolMemberRequest>(more);
    request.set_customer(customer);
    return server_.Call(&Members::EnrolMember, request);
  }

  absl::StatusOr<v1::Posting> Adjust(const std::string& member, int64_t points,
                                     const std::string& more = "",
                                     const std::string& token = LoyaltyServer::kAdmin) {
    auto request = Parse<v1::AdjustPointsRequest>(more);
    request.set_member(member);
    request.set_points(points);
    if (request.reason_code().empty()) request.set_reason_code("GOODWILL");
    return server_.Call(&Members::AdjustPoints, request, token);
  }

  void SetEnrolmentByCall() {
    const auto request = Parse<v1::UpdateProgrammeRequest>(
        R"(programme { name: "programmes/main" enrolment: ENROLMENT_BY_CALL })");
    ASSERT_OK(server_.Call(&LoyaltyServer::Programmes::UpdateProgramme, request));
  }

  LoyaltyServer server_;
};

TEST_F(MembersTest, EnrolledOrdersCountFromNowOn) {
  ASSERT_NO_FATAL_FAILURE(SetEnrolmentByCall());
  server_.Recorded(LoyaltyServer::MakeOrder("r1", kAnn, 30));
  EXPECT_THAT(server_.Lookup(kAnn), HasReason("MEMBER_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const v1::Member ann, Enrol(kAnnsName));
  EXPECT_EQ(ann.balance(), 0);
  EXPECT_THAT(Enrol(kAnnsName), HasReason("MEMBER_EXISTS"));
  server_.Recorded(LoyaltyServer::MakeOrder("r2", kAnn, 5));
  EXPECT_EQ(server_.MemberOf(kAnn).balance(), 0) << "of 2023, before the enrolment";
  auto later = LoyaltyServer::MakeOrder("r3", kAnn, 7);
  later.mutable_order_time()->set_seconds(2'000'000'000);
  server_.Recorded(later);
  EXPECT_EQ(server_.MemberOf(kAnn).balance(), 7);
  server_.ExpectBooksBalance();
}

TEST_F(MembersTest, KnownOrdersCountWhereAsked) {
  ASSERT_NO_FATAL_FAILURE(SetEnrolmentByCall());
  server_.Recorded(LoyaltyServer::MakeOrder("r1", kAnn, 30));
  auto earlier = LoyaltyServer::MakeOrder("r2", kAnn, 5);
  earlier.mutable_order_time()->set_seconds(1'600'000'000);
  server_.Recorded(earlier);
  ASSERT_OK_AND_ASSIGN(const v1::Member ann,
                       Enrol(kAnnsName, "counted_from_time { seconds: 1672531200 }"));
  EXPECT_EQ(ann.balance(), 30);
  EXPECT_EQ(ann.posting_count(), 1);
  server_.ExpectBooksBalance();
}

// Each of 1.00: one change posts what it may, steps of a task the others.
TEST_F(MembersTest, ManyKnownOrdersCountInSteps) {
  ASSERT_NO_FATAL_FAILURE(SetEnrolmentByCall());
  constexpr int kOrders = 300;
  for (int i = 0; i < kOrders; ++i) {
    server_.Recorded(LoyaltyServer::MakeOrder(absl::StrCat("a", i), kAnn, 1));
    server_.Recorded(LoyaltyServer::MakeOrder(absl::StrCat("b", i), "bob", 1));
  }
  ASSERT_OK_AND_ASSIGN(const v1::Member made, Enrol(kAnnsName, "counted_from_time { seconds: 0 }"));
  EXPECT_EQ(made.balance(), kCountedAtEnrolment);
  const auto request = Parse<v1::UpdateProgrammeRequest>(
      R"(programme { name: "programmes/main" enrolment: ENROLMENT_FIRST_ORDER })");
  ASSERT_OK(server_.Call(&LoyaltyServer::Programmes::UpdateProgramme, request));
  server_.NewEvents();
  server_.Recorded(LoyaltyServer::MakeOrder("first", "bob", 1));
  server_.Recorded(LoyaltyServer::MakeOrder("a0", kAnn, 5));
  const std::pair<const char*, int64_t> expected[] = {{kAnn, kOrders + 4}, {"bob", kOrders + 1}};
  for (const auto& [customer, points] : expected) {
    for (int i = 0; i < 5000 && server_.MemberOf(customer).balance() < points; ++i) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    EXPECT_EQ(server_.MemberOf(customer).balance(), points);
    EXPECT_EQ(server_.MemberOf(customer).qualifying_points(), points);
  }
  server_.ExpectBooksBalance();
}

TEST_F(MembersTest, NamesThatAreNone) {
  EXPECT_THAT(Enrol(""), HasReason("NAME_MISSING"));
  EXPECT_THAT(Enrol("members/x"), HasReason("INVALID_NAME"));
  for (const char* id : {"ann", "ann.secret@example.com", "a b", "\u2702"}) {
    EXPECT_THAT(Enrol(absl::StrCat("customers/", id)), HasReason("INVALID_NAME")) << id;
  }
  EXPECT_THAT(server_.NewEvents(), ::testing::IsEmpty());
  v1::GetMemberRequest get;
  get.set_name("members/nobody");
  EXPECT_THAT(server_.Call(&Members::GetMember, get), HasReason("MEMBER_NOT_FOUND"));
  v1::CloseMemberRequest close;
  close.set_name("members/nobody");
  EXPECT_THAT(server_.Call(&Members::CloseMember, close), HasReason("MEMBER_NOT_FOUND"));
  EXPECT_THAT(Adjust("members/nobody", 1), HasReason("MEMBER_NOT_FOUND"));
}

TEST_F(MembersTest, AdjustmentsArePostedOnce) {
  ASSERT_OK_AND_ASSIGN(const v1::Member ann, Enrol(kAnnsName));
  constexpr char kOnce[] = R"(request_id: "one" reason_code: "GOODWILL" reference: "ticket-7")";
  ASSERT_OK_AND_ASSIGN(const v1::Posting posting, Adjust(ann.name(), 50, kOnce));
  ASSERT_OK_AND_ASSIGN(const v1::Posting again, Adjust(ann.name(), 50, kOnce));
  EXPECT_EQ(posting.SerializeAsString(), again.SerializeAsString());
  EXPECT_EQ(posting.name(), ann.name() + "/postings/1");
  EXPECT_EQ(posting.counter_account(), "accounts/adjustments");
  EXPECT_EQ(posting.reason_code(), "GOODWILL");
  EXPECT_EQ(posting.reference(), "ticket-7");
  EXPECT_EQ(posting.qualifying_points(), 0);
  EXPECT_THAT(Adjust(ann.name(), 51, kOnce), HasReason("REQUEST_ID_REUSED"));
  EXPECT_THAT(Adjust(ann.name(), -51), HasReason("INSUFFICIENT_POINTS"));
  EXPECT_OK(Adjust(ann.name(), -51, "allow_negative_balance: true qualifying: true"));
  const v1::Member after = server_.MemberOf(kAnn);
  EXPECT_EQ(after.balance(), -1);
  EXPECT_EQ(after.qualifying_points(), -51);
  ASSERT_OK(Adjust(ann.name(), 9, "validate_only: true"));
  EXPECT_EQ(server_.MemberOf(kAnn).posting_count(), 2);
  EXPECT_THAT(Adjust(ann.name(), 0), HasReason("INVALID_POINTS"));
  EXPECT_THAT(Adjust(ann.name(), 1, R"(reason_code: "for Ann")"), HasReason("INVALID_REASON_CODE"));
  server_.ExpectBooksBalance();
}

TEST_F(MembersTest, ClosingIsForGood) {
  server_.Recorded(LoyaltyServer::MakeOrder("r1", kAnn, 30));
  v1::CloseMemberRequest request;
  request.set_name(server_.MemberOf(kAnn).name());
  ASSERT_OK_AND_ASSIGN(const v1::Member closed, server_.Call(&Members::CloseMember, request));
  EXPECT_EQ(closed.state(), v1::Member::STATE_CLOSED);
  EXPECT_EQ(closed.balance(), 0);
  ASSERT_OK_AND_ASSIGN(const v1::Member again, server_.Call(&Members::CloseMember, request));
  EXPECT_EQ(again.posting_count(), closed.posting_count());
  EXPECT_THAT(Adjust(closed.name(), 1), HasReason("MEMBER_CLOSED"));
  EXPECT_THAT(Enrol(kAnnsName), HasReason("MEMBER_EXISTS"));
  server_.Recorded(LoyaltyServer::MakeOrder("r2", kAnn, 5));
  EXPECT_EQ(server_.MemberOf(kAnn).balance(), 0);
  server_.ExpectBooksBalance();
}

TEST_F(MembersTest, BatchGetAnswersForEach) {
  server_.Recorded(LoyaltyServer::MakeOrder("r1", kAnn, 30));
  v1::BatchGetMembersRequest request;
  for (const char* customer : {"customers/bob", kAnnsName, kAnnsName}) {
    request.add_customers(customer);
  }
  ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Members::BatchGetMembers, request));
  ASSERT_EQ(reply.results_size(), 3);
  EXPECT_EQ(reply.results(0).customer(), "customers/bob");
  EXPECT_FALSE(reply.results(0).has_member());
  EXPECT_EQ(reply.results(1).member().balance(), 30);
  EXPECT_EQ(reply.results(2).member().name(), reply.results(1).member().name());
  request.clear_customers();
  EXPECT_THAT(server_.Call(&Members::BatchGetMembers, request), HasReason("INVALID_BATCH_SIZE"));
  for (int i = 0; i <= 1000; ++i) request.add_customers("customers/x");
  EXPECT_THAT(server_.Call(&Members::BatchGetMembers, request), HasReason("INVALID_BATCH_SIZE"));
}

TEST_F(MembersTest, ListsByJoiningWithFilter) {
  for (int i = 0; i < 5; ++i) {
    server_.Recorded(
        LoyaltyServer::MakeOrder(absl::StrCat("r", i), absl::StrCat("c", i), 10 * i + 1));
    server_.server().clock().Advance(absl::Seconds(1));
  }
  const auto list = [&](v1::ListMembersRequest request) {
    std::vector<int64_t> balances;
    for (int pages = 0; pages < 10; ++pages) {
      const auto reply = server_.Call(&Members::ListMembers, request);
      EXPECT_OK(reply);
      if (!reply.ok()) break;
      for (const v1::Member& member : reply->members()) balances.push_back(member.balance());
      if (reply->next_page_token().empty()) break;
      request.set_page_token(reply->next_page_token());
    }
    return balances;
  };
  EXPECT_THAT(list(Parse<v1::ListMembersRequest>("page_size: 2")), ElementsAre(1, 11, 21, 31, 41));
  EXPECT_THAT(list(Parse<v1::ListMembersRequest>(
                  "page_size: 1 filter: 'balance > 11 AND state = STATE_ACTIVE'")),
              ElementsAre(21, 31, 41));
  v1::ListMembersRequest bad;
  bad.set_filter("colour = red");
  EXPECT_THAT(server_.Call(&Members::ListMembers, bad), HasReason("INVALID_FILTER"));
}

TEST_F(MembersTest, APersonGetsEverythingThatIsKept) {
  server_.Recorded(LoyaltyServer::MakeOrder("r1", kAnn, 30));
  server_.Recorded(LoyaltyServer::MakeOrder("r2", kAnn, 12));
  privacy::v1::ExportPersonalDataRequest request;
  request.set_customer(kAnnsName);
  using Privacy = privacy::v1::PrivacyService::Stub;
  ASSERT_OK_AND_ASSIGN(const auto data, server_.Call(&Privacy::ExportPersonalData, request));
  ASSERT_EQ(data.sections_size(), 3);
  EXPECT_EQ(data.sections(0).title(), "Membership");
  EXPECT_EQ(data.sections(0).rows(0).fields().at("balance").string_value(), "42");
  EXPECT_EQ(data.sections(1).title(), "Points");
  EXPECT_EQ(data.sections(1).rows_size(), 2);
  EXPECT_EQ(data.sections(2).title(), "Receipts");
  EXPECT_EQ(data.sections(2).rows_size(), 2);
  request.set_customer("customers/nobody");
  ASSERT_OK_AND_ASSIGN(const auto nothing, server_.Call(&Privacy::ExportPersonalData, request));
  EXPECT_EQ(nothing.sections_size(), 0);
}

TEST_F(MembersTest, OrdersOfWhoIsNoMemberAreKeptAndTold) {
  SetEnrolmentByCall();
  server_.Recorded(LoyaltyServer::MakeOrder("r1", kAnn, 30));
  server_.Recorded(LoyaltyServer::MakeReturn("r2", kAnn, 30, "r1", 1'000'000));
  privacy::v1::ExportPersonalDataRequest request;
  request.set_customer(kAnnsName);
  ASSERT_OK_AND_ASSIGN(
      const auto data,
      server_.Call(&privacy::v1::PrivacyService::Stub::ExportPersonalData, request));
  ASSERT_EQ(data.sections_size(), 1);
  EXPECT_EQ(data.sections(0).title(), "Receipts");
  ASSERT_EQ(data.sections(0).rows_size(), 2);
  const auto text = [&](int row, const char* field) {
    const auto& fields = data.sections(0).rows(row).fields();
    return fields.contains(field) ? fields.at(field).string_value() : "";
  };
  EXPECT_EQ(text(0, "order"), "orders/r1");
  EXPECT_EQ(text(0, "source"), "till");
  EXPECT_EQ(text(0, "receiptNumber"), "r1");
  EXPECT_EQ(text(0, "orderTime"), "2023-01-01T00:00:00Z");
  EXPECT_EQ(text(0, "store"), "a");
  EXPECT_EQ(text(0, "earns"), "30");
  const auto& sold = data.sections(0).rows(0).fields().at("countedLines").list_value();
  ASSERT_EQ(sold.values_size(), 1);
  EXPECT_EQ(sold.values(0).struct_value().fields().at("amountMicros").string_value(), "30000000");
  const auto& back = data.sections(0).rows(1).fields().at("takesBackOf").list_value();
  ASSERT_EQ(back.values_size(), 1);
  EXPECT_EQ(back.values(0).string_value(), "orders/r1");
}

TEST_F(MembersTest, ATillMayLookUpAndNoMore) {
  server_.Recorded(LoyaltyServer::MakeOrder("r1", kAnn, 30));
  const std::string till = LoyaltyServer::kOfStore;
  ASSERT_OK_AND_ASSIGN(const v1::Member ann, server_.Lookup(kAnn, till));
  EXPECT_THAT(server_.Call(&Members::ListMembers, v1::ListMembersRequest(), till),
              HasReason("STORE_LIMITED"));
  EXPECT_THAT(Adjust(ann.name(), 5, "", till), HasReason("STORE_LIMITED"));
  v1::ListPostingsRequest postings;
  postings.set_parent(ann.name());
  EXPECT_THAT(server_.Call(&LoyaltyServer::Ledger::ListPostings, postings, till),
              HasReason("STORE_LIMITED"));
}

}  // namespace
}  // namespace regulars::loyalty
