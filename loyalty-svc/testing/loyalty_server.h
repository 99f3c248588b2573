// All of loyalty-svc in a test's own process, on a fresh store, spoken to over gRPC; events of
// customer-svc are handed to it one by one.
//
//   LoyaltyServer server;
//   server.Order("r1", "ann", R"(lines { … })");
//   ASSERT_OK_AND_ASSIGN(const v1::Member ann, server.Lookup("ann"));
//
// Calls are made as an administrator who sees all stores, unless a token says otherwise.
#ifndef LOYALTY_SVC_TESTING_LOYALTY_SERVER_H_
#define LOYALTY_SVC_TESTING_LOYALTY_SERVER_H_

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/tasks/runner.h"
#include "chassis/testing/feed_events.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "google/protobuf/any.pb.h"
#include "loyalty-svc/follow/customer_feed.h"
#include "loyalty-svc/rpc/services.h"
#include "loyalty-svc/store/schema.h"
#include "regulars/customer/v1/events.pb.h"
#include "regulars/loyalty/v1/events.pb.h"
#include "regulars/loyalty/v1/ledger_service.grpc.pb.h"
#include "regulars/loyalty/v1/member_service.grpc.pb.h"
#include "regulars/loyalty/v1/programme_service.grpc.pb.h"
#include "regulars/loyalty/v1/quote_service.grpc.pb.h"

namespace regulars::loyalty {

// A message from its text form.
template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class LoyaltyServer {
 public:
  using Ledger = v1::LedgerService::Stub;
  using Members = v1::MemberService::Stub;
  using Programmes = v1::ProgrammeService::Stub;
  using Quotes = v1::QuoteService::Stub;

  static constexpr char kAdmin[] = "users/admin loyalty.read,loyalty.write,loyalty.admin";
  static constexpr char kOfStore[] = "keys/till loyalty.read,loyalty.write,loyalty.admin a";

  ~LoyaltyServer() { runner_->Stop(); }

  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Reply*),
                             const std::type_identity_t<Request>& request,
                             const std::string& token = kAdmin) {
    grpc::ClientContext context;
    testing::Authorize(context, token);
    Stub stub(server_.channel());
    Reply reply;
    const absl::Status status = FromGrpc((stub.*method)(&context, request, &reply));
    if (!status.ok()) return status;
    return reply;
  }

  // Follows an event; positions count on by themselves.
  absl::Status Follow(const google::protobuf::Message& payload) {
    return server_.store().Write([&](Transaction& tx) {
      FollowedEvent event;
      event.position = ++position_;
      return testing::Feed(tx, handlers_, "customers/x", payload, event);
    });
  }

  // An order of 1 January 2023 with one product for `euros`; `more` adds to it.
  static customer::v1::OrderFacts MakeOrder(const std::string& receipt, const std::string& customer,
                                            int64_t euros, const std::string& more = "") {
    auto order = Parse<customer::v1::OrderFacts>(absl::StrCat(
        R"(source: "till" order_time { seconds: 1672531200 } store: "a" currency_code: "EUR"
           base_totals { amount { currency_code: "EUR" } })",
        more));
    order.set_order("orders/" + receipt);
    order.set_receipt_number(receipt);
    if (!customer.empty()) order.set_customer("customers/" + customer);
    if (euros > 0) {
      auto& line = *order.add_lines();
      line.set_line_id("l");
      line.set_item("cup");
      line.set_quantity_micros(1'000'000);
      line.set_base_amount_micros(euros * 1'000'000);
    }
    return order;
  }
  // One that takes back a part of the order of another receipt.
  static customer::v1::OrderFacts MakeReturn(const std::string& receipt,
                                             const std::string& customer, int64_t euros,
                                             const std::string& sold, int64_t quantity_micros) {
    auto order = MakeOrder(receipt, customer, euros);
    auto& line = *order.mutable_lines(0);
    line.set_type(customer::v1::OrderLine::TYPE_RETURN);
    line.set_quantity_micros(quantity_micros);
    auto& link = *line.add_return_links();
    link.set_order("orders/" + sold);
    link.set_line_id("l");
    link.set_quantity_micros(quantity_micros);
    return order;
  }

  void Recorded(const customer::v1::OrderFacts& order) {
    customer::v1::OrderRecorded event;
    *event.mutable_order() = order;
    EXPECT_OK(Follow(event));
  }
  void Changed(const customer::v1::OrderFacts& order) {
    customer::v1::OrderChanged event;
    *event.mutable_order() = order;
    EXPECT_OK(Follow(event));
  }
  void Cancelled(const customer::v1::OrderFacts& order) {
    customer::v1::OrderCancelled event;
    *event.mutable_order() = order;
    EXPECT_OK(Follow(event));
  }

  absl::StatusOr<v1::Member> Lookup(const std::string& customer,
                                    const std::string& token = kAdmin) {
    v1::LookupMemberRequest request;
    request.set_customer("customers/" + customer);
    return Call(&Members::LookupMember, request, token);
  }
  // The member that a customer is, or an empty one and a failed test.
  v1::Member MemberOf(const std::string& customer) {
    const auto member = Lookup(customer);
    EXPECT_OK(member);
    return member.value_or(v1::Member());
  }

  // "<KIND> <points> <balance> <order>[ by <cause>]", newest first.
  std::vector<std::string> Statement(const std::string& customer) {
    v1::ListPostingsRequest request;
    request.set_parent(MemberOf(customer).name());
    const auto listed = Call(&Ledger::ListPostings, request);
    EXPECT_OK(listed);
    std::vector<std::string> lines;
    if (!listed.ok()) return lines;
    for (const v1::Posting& posting : listed->postings()) {
      lines.push_back(absl::StrCat(v1::Posting::Kind_Name(posting.kind()).substr(5), " ",
                                   posting.points(), " ", posting.balance_after(), " ",
                                   posting.order()));
      if (posting.cause_order() != posting.order()) {
        absl::StrAppend(&lines.back(), " by ", posting.cause_order());
      }
    }
    return lines;
  }

  void ExpectBooksBalance() {
    const auto verified = Call(&Ledger::VerifyLedger, v1::VerifyLedgerRequest());
    ASSERT_OK(verified);
    EXPECT_EQ(verified->discrepancies_size(), 0) << verified->DebugString();
    EXPECT_EQ(verified->accounts_size(), 4);
  }

  // Waits until all erasures are confirmed.
  void AwaitErasures() {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    int64_t pending = 0;
    do {
      absl::SleepFor(absl::Milliseconds(1));
      ASSERT_LT(absl::Now(), deadline);
      ASSERT_OK(server_.store().Read([&](Snapshot& db) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(const auto count,
                              db.Sql("SELECT COUNT(*) FROM pending_erasure").First<int64_t>());
        pending = count.value_or(0);
        return absl::OkStatus();
      }));
    } while (pending > 0);
  }

  // What was published since the last call: "<type without frame> <subject>".
  std::vector<std::string> NewEvents() {
    std::vector<std::string> events;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) -> absl::Status {
      return db
          .Sql("SELECT position, type, subject FROM feed WHERE position > ? ORDER BY position",
               told_)
          .Each<int64_t, std::string, std::string>(
              [&](int64_t position, const std::string& type, const std::string& subject) {
                constexpr size_t kPrefix = sizeof "regulars.loyalty." - 1;
                constexpr size_t kFrame = sizeof "regulars.loyalty..v1" - 1;
                events.push_back(
                    absl::StrCat(type.substr(kPrefix, type.size() - kFrame), " ", subject));
                told_ = position;
              });
    }));
    return events;
  }

  // The payload of the newest event of its type.
  template <typename Payload>
  Payload NewestEvent() {
    Payload payload;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(
          const auto bytes,
          db.Sql("SELECT payload FROM feed WHERE type = ? ORDER BY position DESC LIMIT 1",
                 EventTypeOf(*Payload::descriptor()))
              .template First<Bytes>());
      google::protobuf::Any any;
      EXPECT_TRUE(bytes && any.ParseFromString(bytes->value) && any.UnpackTo(&payload));
      return absl::OkStatus();
    }));
    return payload;
  }

  testing::TestServer& server() { return server_; }

 private:
  const FeedHandlers handlers_ = CustomerHandlers(nullptr, nullptr);
  int64_t position_ = 0;
  int64_t told_ = 0;
  std::unique_ptr<TaskRunner> runner_;
  testing::TestServer server_{LoyaltyMigrations(), "loyalty",
                              [this](const rpc::Environment& environment) {
                                runner_ = std::make_unique<TaskRunner>(*environment.store);
                                Services services(environment, *runner_);
                                runner_->Start();
                                return std::move(services.owned);
                              }};
};

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_TESTING_LOYALTY_SERVER_H_
