#include "chassis/tasks/operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "google/protobuf/wrappers.pb.h"

namespace regulars {
namespace {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::TestServer;
namespace lro = google::longrunning;

std::string Any(const std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(text);
  google::protobuf::Any any;
  any.PackFrom(value);
  return any.SerializeAsString();
}

class OperationsTest : public ::testing::Test {
 protected:
  OperationsTest()
      : server_({}, "test", [this](const rpc::Environment& environment) {
          runner_ = std::make_unique<TaskRunner>(*environment.store);
          runner_->Add("work",
                       {.step = [](Transaction&, Task& task, std::any&) -> absl::StatusOr<StepEnd> {
                         if (task.input == "bad") return absl::NotFoundError("nothing there");
                         return StepEnd::Done(Any("result"));
                       }});
          TestServer::Services services;
          services.push_back(
              MakeOperationsService(environment, *runner_,
                                    [](Snapshot&, const Task& task) -> absl::StatusOr<std::string> {
                                      return task.kind == "work" ? Any(task.kind) : "";
                                    }));
          return services;
        }) {}

  // Before the store goes.
  void TearDown() override { runner_->Stop(); }

  std::string Schedule(const std::string& input, const std::string& kind = "work") {
    std::string id;
    EXPECT_OK(server_.store().Write([&](Transaction& tx) {
      ABSL_ASSIGN_OR_RETURN(id, tasks::Schedule(tx, {.kind = kind, .input = input}));
      return absl::OkStatus();
    }));
    return "operations/" + id;
  }

  absl::StatusOr<lro::Operation> Get(const std::string& name,
                                     const std::string& token = "users/a test.read") {
    grpc::ClientContext context;
    Authorize(context, token);
    lro::GetOperationRequest request;
    request.set_name(name);
    lro::Operation operation;
    const absl::Status status = FromGrpc(stub_->GetOperation(&context, request, &operation));
    if (!status.ok()) return status;
    return operation;
  }

  lro::Operation AwaitDone(const std::string& name) {
    for (int i = 0; i < 1000; ++i) {
      const auto operation = Get(name);
      if (operation.ok() && operation->done()) return *operation;
      absl::SleepFor(absl::Milliseconds(5));
    }
    ADD_FAILURE() << "never done";
    return {};
  }

  std::unique_ptr<TaskRunner> runner_;
  TestServer server_;
  std::unique_ptr<lro::Operations::Stub> stub_ = lro::Operations::NewStub(server_.channel());
};

TEST_F(OperationsTest, ShowProgressAndResult) {
  const std::string name = Schedule("good");
  ASSERT_OK_AND_ASSIGN(const lro::Operation waiting, Get(name));
  EXPECT_FALSE(waiting.done());
  google::protobuf::StringValue text;
  EXPECT_TRUE(waiting.metadata().UnpackTo(&text));
  EXPECT_EQ(text.value(), "work");
  runner_->Start();
  const lro::Operation done = AwaitDone(name);
  EXPECT_TRUE(done.response().UnpackTo(&text));
  EXPECT_EQ(text.value(), "result");
}

TEST_F(OperationsTest, ShowErrors) {
  runner_->Start();
  EXPECT_EQ(AwaitDone(Schedule("bad")).error().code(), 5);
  EXPECT_THAT(Get("operations/none"), HasReason("OPERATION_NOT_FOUND"));
  EXPECT_THAT(Get("nonsense"), HasReason("OPERATION_NOT_FOUND"));
}

TEST_F(OperationsTest, AreListedInPagesNewestFirst) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.insert(names.begin(), Schedule("good"));
  EXPECT_THAT(Get(Schedule("good", "chore")), HasReason("OPERATION_NOT_FOUND"))
      << "the service's own business";
  std::vector<std::string> got;
  lro::ListOperationsRequest request;
  request.set_page_size(2);
  do {
    grpc::ClientContext context;
    Authorize(context, "users/a test.read");
    lro::ListOperationsResponse response;
    ASSERT_OK(FromGrpc(stub_->ListOperations(&context, request, &response)));
    for (const auto& operation : response.operations()) got.push_back(operation.name());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(got, names);
}

TEST_F(OperationsTest, ThoseLimitedToStoresSeeTheirOwn) {
  const std::string others = Schedule("good");
  server_.store().origin().caller =
      std::make_shared<auth::Caller>(auth::Caller{.principal = "users/a"});
  const std::string own = Schedule("good");
  const std::string limited = "users/a test.read stores/x";
  EXPECT_OK(Get(own, limited));
  EXPECT_THAT(Get(others, limited), HasReason("OPERATION_NOT_FOUND"));
  grpc::ClientContext context;
  Authorize(context, limited);
  lro::ListOperationsResponse response;
  ASSERT_OK(FromGrpc(stub_->ListOperations(&context, {}, &response)));
  ASSERT_EQ(response.operations_size(), 1);
  EXPECT_EQ(response.operations(0).name(), own);
}

TEST_F(OperationsTest, AreCancelledAndDeleted) {
  const std::string name = Schedule("good");
  const auto remove = [&] {
    grpc::ClientContext context;
    Authorize(context, "users/a test.write");
    lro::DeleteOperationRequest request;
    request.set_name(name);
    google::protobuf::Empty empty;
    return FromGrpc(stub_->DeleteOperation(&context, request, &empty));
  };
  EXPECT_THAT(remove(), HasReason("OPERATION_RUNNING"));
  grpc::ClientContext context;
  Authorize(context, "users/a test.write");
  lro::CancelOperationRequest request;
  request.set_name(name);
  google::protobuf::Empty empty;
  EXPECT_OK(FromGrpc(stub_->CancelOperation(&context, request, &empty)));
  ASSERT_OK_AND_ASSIGN(const lro::Operation operation, Get(name));
  EXPECT_EQ(operation.error().code(), 1);
  EXPECT_OK(remove());
  EXPECT_THAT(Get(name), HasReason("OPERATION_NOT_FOUND"));
}

}  // namespace
}  // namespace regulars
