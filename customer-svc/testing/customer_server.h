// All of customer-svc in a test's own process, on a fresh store, spoken to over gRPC.
//
//   CustomerServer server;
//   ASSERT_OK_AND_ASSIGN(const v1::Customer made,
//                        server.Call(&Customers::CreateCustomer, request));
//
// Calls are made as an administrator who sees all stores, unless As() says otherwise.
#ifndef CUSTOMER_SVC_TESTING_CUSTOMER_SERVER_H_
#define CUSTOMER_SVC_TESTING_CUSTOMER_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/tasks/runner.h"
#include "chassis/testing/test_server.h"
#include "customer-svc/rpc/services.h"
#include "customer-svc/store/schema.h"
#include "google/protobuf/any.pb.h"
#include "regulars/customer/v1/attribute_service.grpc.pb.h"
#include "regulars/customer/v1/customer_service.grpc.pb.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"
#include "regulars/customer/v1/segment_service.grpc.pb.h"
#include "regulars/customer/v1/settings_service.grpc.pb.h"

namespace regulars::customer {

class CustomerServer {
 public:
  using Attributes = v1::AttributeService::Stub;
  using Customers = v1::CustomerService::Stub;
  using Orders = v1::OrderService::Stub;
  using Segments = v1::SegmentService::Stub;
  using Settings = v1::SettingsService::Stub;

  // Who calls: a token of the test server.
  static constexpr char kAdmin[] = "users/admin customer.read,customer.write,customer.admin";
  static std::string Of(const std::string& store) { return absl::StrCat(kAdmin, " ", store); }

  // `holders` are the other services that hold data about customers.
  explicit CustomerServer(DataHolders holders = {}) : holders_(std::move(holders)) {}
  ~CustomerServer() { runner_->Stop(); }

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

  // One number that the store answers.
  int64_t Count(const std::string& from) {
    int64_t count = -1;
    const absl::Status read = server_.store().Read([&](Snapshot& db) -> absl::Status {
      const std::string sql = absl::StrCat("SELECT COUNT(*) FROM ", from);
      ABSL_ASSIGN_OR_RETURN(const auto row, db.Sql(sql).First<int64_t>());
      count = row.value();
      return absl::OkStatus();
    });
    CHECK(read.ok());  // The test wrote the SQL.
    return count;
  }

  // What the service has published after `position`: "<type without frame> <subject>".
  std::vector<std::string> EventsAfter(int64_t position) {
    std::vector<std::string> events;
    const absl::Status read = server_.store().Read([&](Snapshot& db) -> absl::Status {
      return db.Sql("SELECT type, subject FROM feed WHERE position > ? ORDER BY position", position)
          .Each<std::string, std::string>([&](const std::string& type, const std::string& subject) {
            constexpr size_t kPrefix = sizeof "regulars.customer." - 1;
            constexpr size_t kFrame = sizeof "regulars.customer..v1" - 1;
            events.push_back(
                absl::StrCat(type.substr(kPrefix, type.size() - kFrame), " ", subject));
          });
    });
    CHECK(read.ok());
    return events;
  }

  // The payload of the newest event.
  template <typename Payload>
  Payload NewestEvent() {
    Payload payload;
    const absl::Status read = server_.store().Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(
          const auto bytes,
          db.Sql("SELECT payload FROM feed ORDER BY position DESC LIMIT 1").First<Bytes>());
      google::protobuf::Any any;
      CHECK(bytes && any.ParseFromString(bytes->value) && any.UnpackTo(&payload));
      return absl::OkStatus();
    });
    CHECK(read.ok());
    return payload;
  }

 private:
  const DataHolders holders_;
  std::unique_ptr<TaskRunner> runner_;
  testing::TestServer server_{CustomerMigrations(), "customer",
                              [this](const rpc::Environment& environment) {
                                runner_ = std::make_unique<TaskRunner>(*environment.store);
                                Services services(environment, *runner_, holders_);
                                runner_->Start();
                                return std::move(services.owned);
                              }};
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_CUSTOMER_SERVER_H_
