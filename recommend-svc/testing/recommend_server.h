// All of recommend-svc in a test's own process, on a fresh store, spoken to over gRPC; what it
// follows is handed to it by hand.
//
//   RecommendServer server;
//   server.Follow(Parse<customer::v1::OrderFacts>("…"));
//   ASSERT_OK_AND_ASSIGN(const auto response, server.Call(&Recommends::Recommend, request));
#ifndef RECOMMEND_SVC_TESTING_RECOMMEND_SERVER_H_
#define RECOMMEND_SVC_TESTING_RECOMMEND_SERVER_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/tasks/runner.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "google/protobuf/text_format.h"
#include "recommend-svc/follow/erase.h"
#include "recommend-svc/follow/reconcile.h"
#include "recommend-svc/rpc/services.h"
#include "recommend-svc/store/schema.h"
#include "regulars/recommend/v1/item_service.grpc.pb.h"
#include "regulars/recommend/v1/recommend_service.grpc.pb.h"
#include "regulars/recommend/v1/settings_service.grpc.pb.h"

namespace regulars::recommend {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// An order that sells one of each of `items`, which are separated by spaces.
inline customer::v1::OrderFacts MakeOrder(const std::string& number, const std::string& items,
                                          const std::string& customer = "",
                                          absl::Time time = absl::FromUnixSeconds(1'700'000'000)) {
  customer::v1::OrderFacts order;
  order.set_order("orders/" + number);
  order.set_source("till");
  order.set_receipt_number(number);
  if (!customer.empty()) order.set_customer("customers/" + customer);
  *order.mutable_order_time() = rpc::ToTimestamp(time);
  int64_t line_number = 0;
  for (const absl::string_view item : absl::StrSplit(items, ' ', absl::SkipEmpty())) {
    customer::v1::OrderLineFacts& line = *order.add_lines();
    line.set_line_id(absl::StrCat(++line_number));
    line.set_type(customer::v1::OrderLine::TYPE_SALE);
    line.set_kind(customer::v1::OrderLine::KIND_PRODUCT);
    line.set_item(std::string(item));
    line.set_quantity_micros(1'000'000);
  }
  return order;
}

class RecommendServer {
 public:
  using Items = v1::ItemService::Stub;
  using Recommends = v1::RecommendService::Stub;
  using Settings = v1::SettingsService::Stub;

  // Who calls: a token of the test server.
  static constexpr char kAdmin[] = "users/admin recommend.read,recommend.write,recommend.admin";
  static std::string Of(const std::string& store) { return absl::StrCat(kAdmin, " ", store); }

  ~RecommendServer() { runner_->Stop(); }

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

  testing::TestServer& server() { return server_; }
  absl::Time now() { return server_.clock().Now(); }

  absl::Status Write(const std::function<absl::Status(Transaction&)>& change) {
    return server_.store().Write(change);
  }
  // Counts an order, as its event would.
  void Follow(const customer::v1::OrderFacts& order) {
    EXPECT_OK(Write([&](Transaction& tx) { return Reconcile(tx, order); }));
  }
  void Follow(const std::string& number, const std::string& items,
              const std::string& customer = "") {
    Follow(MakeOrder(number, items, customer, now()));
  }

  // One number that the store answers.
  int64_t Count(const std::string& from) {
    int64_t count = -1;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) -> absl::Status {
      const std::string sql = absl::StrCat("SELECT COUNT(*) FROM ", from);
      ABSL_ASSIGN_OR_RETURN(const auto row, db.Sql(sql).First<int64_t>());
      count = row.value();
      return absl::OkStatus();
    }));
    return count;
  }

  // Waits until what erasures leave to tasks is done.
  void AwaitErasures() {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (Count("forgotten_customer") > 0 || Count("pending_erasure") > 0) {
      ASSERT_LT(absl::Now(), deadline);
      absl::SleepFor(absl::Milliseconds(2));
    }
  }

  // What the service has published after `position`: "<type without frame> <subject>".
  std::vector<std::string> EventsAfter(int64_t position) {
    std::vector<std::string> events;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) {
      return db.Sql("SELECT type, subject FROM feed WHERE position > ? ORDER BY position", position)
          .Each<std::string, std::string>([&](const std::string& type, const std::string& subject) {
            constexpr size_t kPrefix = sizeof "regulars.recommend." - 1;
            constexpr size_t kFrame = sizeof "regulars.recommend..v1" - 1;
            events.push_back(
                absl::StrCat(type.substr(kPrefix, type.size() - kFrame), " ", subject));
          });
    }));
    return events;
  }

 private:
  std::unique_ptr<TaskRunner> runner_;
  testing::TestServer server_{RecommendMigrations(), "recommend",
                              [this](const rpc::Environment& environment) {
                                runner_ = std::make_unique<TaskRunner>(*environment.store);
                                Services services(environment, *runner_);
                                AddForgetTasks(*runner_, *environment.store);
                                runner_->Start();
                                return std::move(services.owned);
                              }};
};

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_TESTING_RECOMMEND_SERVER_H_
