// What bounds streams of items: the writer's queue, bytes, the number of streams.
#include "chassis/rpc/items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "chassis/auth/token.h"
#include "chassis/rpc/service.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "chassis/testing/writer_gate.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::TestServer;
using ::regulars::testing::TokenFor;
using ::regulars::testing::WriterGate;
using namespace ::regulars::testing::v1;  // NOLINT: the messages of the service under test.

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};
constexpr int kMaxStreams = 2;
constexpr size_t kQueue = 4;

TestServer::Services MakeServices(const Environment& environment) {
  auto service = std::make_unique<Service>(environment, BoxService::service_full_name());
  service->Items<StreamBoxesResponse>(
      "StreamBoxes",
      [](Transaction& tx, const CreateBoxRequest&) -> absl::StatusOr<type::v1::UpsertResult> {
        ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO t VALUES (1)").Run());
        tx.Publish({.type = "box_created"});
        type::v1::UpsertResult result;
        result.set_outcome(type::v1::UPSERT_OUTCOME_CREATED);
        return result;
      },
      kMaxStreams);
  service->Read("Ping", [](Snapshot&, const GetBoxRequest&) { return absl::StatusOr<Box>(Box()); });
  TestServer::Services services;
  services.push_back(std::move(service));
  return services;
}

// One stream, from the client's side.
class Stream {
 public:
  explicit Stream(BoxService::Stub& stub, const std::string& token = "users/a test.write") {
    Authorize(context_, token);
    stream_ = stub.StreamBoxes(&context_);
  }

  // Sends boxes on a thread of its own, then ends the sending.
  void SendAll(int boxes, size_t label_bytes) {
    sending_ = std::thread([this, boxes, label_bytes] {
      for (int i = 0; i < boxes; ++i) Send(label_bytes);
      stream_->WritesDone();
    });
  }
  bool Send(size_t label_bytes) {
    CreateBoxRequest request;
    request.mutable_box()->set_label(std::string(label_bytes, 'x'));
    return stream_->Write(request);
  }
  bool Read(StreamBoxesResponse& response) { return stream_->Read(&response); }

  // How many results were CREATED, to the end of the stream.
  int CountCreated() {
    int created = 0;
    for (StreamBoxesResponse response; Read(response);) {
      for (const auto& result : response.results()) {
        EXPECT_EQ(result.outcome(), type::v1::UPSERT_OUTCOME_CREATED) << result.ShortDebugString();
        created += result.outcome() == type::v1::UPSERT_OUTCOME_CREATED ? 1 : 0;
      }
    }
    return created;
  }

  absl::Status End() {
    if (sending_.joinable()) sending_.join();
    return FromGrpc(stream_->Finish());
  }
  absl::Status EndSending() {
    stream_->WritesDone();
    CountCreated();
    return End();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<CreateBoxRequest, StreamBoxesResponse>> stream_;
  std::thread sending_;
};

class ItemsTest : public ::testing::Test {
 protected:
  explicit ItemsTest(StoreOptions options = {})
      : server_(kMigrations, "test", MakeServices, std::move(options)) {}

  Writer& writer() { return server_.store()->writer(); }

  TestServer server_;
  std::unique_ptr<BoxService::Stub> stub_ = BoxService::NewStub(server_.channel());
};

class ItemsOfAShortQueueTest : public ItemsTest {
 protected:
  ItemsOfAShortQueueTest() : ItemsTest({.writer_limits = {.queue_per_lane = kQueue}}) {}
};

TEST_F(ItemsOfAShortQueueTest, AFullQueueIsWaitedFor) {
  constexpr int kItems = 100;
  WriterGate gate(writer());
  Stream stream(*stub_);
  stream.SendAll(kItems, 1);
  while (writer().counters().refused == 0) absl::SleepFor(absl::Milliseconds(1));
  gate.Release();
  EXPECT_EQ(stream.CountCreated(), kItems);
  EXPECT_OK(stream.End());
}

TEST_F(ItemsTest, AWindowHoldsSoManyBytes) {
  constexpr int kItems = 40;
  constexpr size_t kLabelBytes = 512 << 10;
  constexpr size_t kInWindow = 4;  // 2 MiB.
  WriterGate gate(writer());
  Stream stream(*stub_);
  stream.SendAll(kItems, kLabelBytes);
  while (writer().QueueLength(Lane::kInteractive) < kInWindow) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  // Time in which more would come.
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext context;
    Box box;
    ASSERT_OK(FromGrpc(stub_->Ping(&context, {}, &box)));
  }
  EXPECT_EQ(writer().QueueLength(Lane::kInteractive), kInWindow);
  gate.Release();
  EXPECT_EQ(stream.CountCreated(), kItems);
  EXPECT_OK(stream.End());
}

TEST_F(ItemsTest, NoItemIsTakenOnceTheTokenHasEnded) {
  constexpr absl::Duration kLifetime = absl::Minutes(15);
  Stream stream(*stub_, TokenFor(server_, "users/a", "test.write", kLifetime));
  StreamBoxesResponse response;
  ASSERT_TRUE(stream.Send(1));
  ASSERT_TRUE(stream.Read(response));
  server_.clock().Advance(kLifetime + auth::kAllowedSkew);
  ASSERT_TRUE(stream.Send(1));
  EXPECT_FALSE(stream.Read(response));
  EXPECT_THAT(stream.End(), HasReason("TOKEN_EXPIRED"));
  EXPECT_OK(server_.store()->readers().Run({}, [](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto stored, db.Sql("SELECT COUNT(*) FROM t").First<int64_t>());
    EXPECT_EQ(stored, 1);
    return absl::OkStatus();
  }));
}

TEST_F(ItemsTest, StreamsAtOnceHaveALimit) {
  std::vector<std::unique_ptr<Stream>> open;
  StreamBoxesResponse response;
  for (int i = 0; i < kMaxStreams; ++i) {
    open.push_back(std::make_unique<Stream>(*stub_));
    ASSERT_TRUE(open.back()->Send(1));
    ASSERT_TRUE(open.back()->Read(response));
  }
  const absl::Status refused = Stream(*stub_).EndSending();
  EXPECT_THAT(refused, HasReason("TOO_MANY_STREAMS"));
  EXPECT_EQ(GetErrorDetails(refused).retry_after, absl::Seconds(1));
  for (const auto& stream : open) EXPECT_OK(stream->EndSending());
  // The server lets go of a stream soon after its caller has heard of the end.
  while (!Stream(*stub_).EndSending().ok()) absl::SleepFor(absl::Milliseconds(1));
}

}  // namespace
}  // namespace regulars::rpc
