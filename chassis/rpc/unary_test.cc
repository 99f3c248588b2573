// How unary calls end when something goes wrong on their way: what is kept, and what is told. And
// what is left of reads that wait for a service that is followed.
#include "chassis/rpc/unary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"
#include "chassis/rpc/service.h"
#include "chassis/testing/count_rows.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TestServer;
using namespace ::regulars::testing::v1;  // NOLINT: the messages of the service under test.

using BoxChange = std::function<absl::StatusOr<Box>(Transaction&)>;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE box(label TEXT NOT NULL)"}};

class UnaryTest : public ::testing::Test {
 protected:
  UnaryTest() { feeds_->Of("up"); }

  // Makes a box by a call that gathers first.
  absl::StatusOr<Box> Create(const std::string& label, const std::string& request_id = "",
                             bool validate_only = false) {
    grpc::ClientContext context;
    Authorize(context, "users/a test.write");
    CreateBoxRequest request;
    request.mutable_box()->set_label(label);
    request.set_request_id(request_id);
    request.set_validate_only(validate_only);
    Box box;
    const absl::Status status = FromGrpc(stub_->CreateLabelledBox(&context, request, &box));
    if (!status.ok()) return status;
    return box;
  }

  // Reads after a position of the service "up", which this one follows.
  absl::Status ReadAfter(int64_t position, grpc::ClientContext& context) {
    Authorize(context, "users/a test.read");
    context.AddMetadata(kAfterKey, absl::StrCat("up:", position));
    Box box;
    return FromGrpc(stub_->GetBox(&context, GetBoxRequest(), &box));
  }
  absl::Status ReadAfter(int64_t position) {
    grpc::ClientContext context;
    return ReadAfter(position, context);
  }
  PositionSignal& followed() { return feeds_->Of("up").followed; }
  PositionSignal& timer() { return server_.store()->writer().position(); }
  // In less time than such a read may wait.
  bool Soon(const std::function<bool()>& condition) {
    for (int i = 0; i < 5'000; ++i) {
      if (condition()) return true;
      absl::SleepFor(absl::Milliseconds(1));
    }
    return false;
  }
  bool NobodyWaits() {
    return Soon([this] { return followed().waiting() + timer().waiting() == 0; });
  }

  int64_t Count(const std::string& table) { return testing::CountRows(server_.store(), table); }

  const std::shared_ptr<FollowedFeeds> feeds_ = std::make_shared<FollowedFeeds>();
  // What is wrong with the others that are asked before.
  absl::Status others_;
  // What the change of a call ends with, after it has made its box.
  absl::Status end_;

  absl::StatusOr<Box> Insert(Transaction& tx, const std::string& label) {
    ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO box (label) VALUES (?)", label).Run());
    ABSL_RETURN_IF_ERROR(end_);
    Box box;
    box.set_name(absl::StrCat("boxes/", tx.NewId()));
    box.set_label(label);
    return box;
  }

  TestServer server_{
      kMigrations,
      "test",
      [this](const Environment& environment) {
        auto service = std::make_unique<Service>(environment, BoxService::service_full_name());
        service->Gather(
            "CreateLabelledBox",
            [this](const Origin&, const CreateBoxRequest& request) -> absl::StatusOr<BoxChange> {
              ABSL_RETURN_IF_ERROR(others_);
              return BoxChange([this, label = request.box().label()](Transaction& tx) {
                return Insert(tx, label);
              });
            });
        service->Read("GetBox",
                      [](Snapshot&, const GetBoxRequest&) -> absl::StatusOr<Box> { return Box(); });
        service->Read("Ping",
                      [](Snapshot&, const GetBoxRequest&) -> absl::StatusOr<Box> { return Box(); });
        TestServer::Services services;
        services.push_back(std::move(service));
        return services;
      },
      {},
      [this](Environment& environment) { environment.followed = feeds_; }};
  std::unique_ptr<BoxService::Stub> stub_ = BoxService::NewStub(server_.channel());
};

TEST_F(UnaryTest, ARefusalMayKeepItsChange) {
  end_ = RefuseAndKeep(Aborted("KEPT", "was refused and kept"));
  for (int i = 1; i <= 2; ++i) {
    const absl::Status refused = Create("red", "id").status();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAborted));
    EXPECT_THAT(refused, HasReason("KEPT"));
    EXPECT_EQ(Count("box"), i);
  }
  EXPECT_EQ(Count("audit") + Count("idempotency"), 0);
  EXPECT_THAT(Create("red", "", /*validate_only=*/true), HasReason("KEPT"));
  EXPECT_EQ(Count("box"), 2) << "a rehearsal keeps nothing";
  end_ = Aborted("UNDONE", "was refused");
  EXPECT_THAT(Create("red", "id"), HasReason("UNDONE"));
  EXPECT_EQ(Count("box"), 2);
  end_ = absl::OkStatus();
  EXPECT_OK(Create("red", "id"));
  EXPECT_EQ(Count("box"), 3);
}

TEST_F(UnaryTest, ARepeatIsAnsweredFromMemoryThoughOthersFail) {
  ASSERT_OK_AND_ASSIGN(const Box first, Create("red", "id"));
  others_ = Unavailable("OTHERS_UNAVAILABLE", "nobody there", absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(const Box again, Create("red", "id"));
  EXPECT_EQ(again.name(), first.name());
  EXPECT_THAT(Create("blue", "id"), HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(Count("box"), 1);
}

TEST_F(UnaryTest, WhatOthersRefuseIsToldAndNotRemembered) {
  others_ = NotFound("CUSTOMER_NOT_FOUND", "no such customer");
  EXPECT_THAT(Create("red", "id"), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Create("red", "id"), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Create("red"), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Create("red", "id", /*validate_only=*/true), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_EQ(Count("box") + Count("audit") + Count("idempotency"), 0);
  const int64_t failed = server_.store()->writer().counters().failed;
  EXPECT_EQ(failed, 2) << "what cannot be a repeat does not reach the writer";
  others_ = absl::OkStatus();
  EXPECT_OK(Create("red", "id"));
  EXPECT_EQ(Count("box"), 1);
}

TEST_F(UnaryTest, AReadAfterWhatIsThereDoesNotWait) {
  followed().Set(5);
  for (int i = 0; i < 20; ++i) EXPECT_OK(ReadAfter(5));
  EXPECT_EQ(followed().waiting(), 0);
  EXPECT_EQ(timer().waiting(), 0);
}

TEST_F(UnaryTest, AReadThatWasWokenLeavesNobodyWaiting) {
  for (int64_t position = 1; position <= 20; ++position) {
    std::thread read([&] { EXPECT_OK(ReadAfter(position)); });
    EXPECT_TRUE(Soon([&] { return followed().waiting() == 1; }));
    followed().Set(position);
    read.join();
  }
  EXPECT_TRUE(NobodyWaits());
}

TEST_F(UnaryTest, ACallerWhoGoesLeavesNobodyWaiting) {
  grpc::ClientContext context;
  std::thread read(
      [&] { EXPECT_THAT(ReadAfter(1, context), StatusIs(absl::StatusCode::kCancelled)); });
  EXPECT_TRUE(Soon([&] { return timer().waiting() == 1; }));
  context.TryCancel();
  read.join();
  EXPECT_TRUE(NobodyWaits());
}

TEST_F(UnaryTest, WhatAnybodyMayReadDoesNotWait) {
  grpc::ClientContext context;
  context.AddMetadata(kAfterKey, "up:9000000000000000000");
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(5)));
  Box box;
  EXPECT_OK(FromGrpc(stub_->Ping(&context, GetBoxRequest(), &box)));
}

TEST_F(UnaryTest, ReadsThatWaitHaveALimit) {
  followed().Set(5);
  feeds_->waiting_reads() = FollowedFeeds::kMaxWaitingReads - 1;
  for (int64_t position = 6; position <= 8; ++position) {
    std::thread read([&] { EXPECT_OK(ReadAfter(position)); });
    EXPECT_TRUE(Soon([&] { return followed().waiting() == 1; }));
    const absl::Status full = ReadAfter(100);
    EXPECT_THAT(full, StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_THAT(full, HasReason("TOO_MANY_WAITING_READS"));
    EXPECT_EQ(GetErrorDetails(full).retry_after, absl::Seconds(1));
    EXPECT_OK(ReadAfter(5)) << "it need not wait";
    followed().Set(position);
    read.join();
  }
  EXPECT_EQ(feeds_->waiting_reads(), FollowedFeeds::kMaxWaitingReads - 1)
      << "each gave its place back";
}

}  // namespace
}  // namespace regulars::rpc
