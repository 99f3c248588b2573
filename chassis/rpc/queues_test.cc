// What callers get when a queue is full, and what becomes of their calls when they go while these
// wait in one.
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/unary.h"
#include "chassis/testing/count_rows.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "chassis/testing/thread_gate.h"
#include "chassis/testing/writer_gate.h"
#include "google/rpc/error_details.pb.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars::rpc {
namespace {

using ::google::protobuf::util::TimeUtil;
using ::regulars::testing::Authorize;
using ::regulars::testing::TestServer;
using ::regulars::testing::ThreadGate;
using ::regulars::testing::WriterGate;
using namespace ::regulars::testing::v1;  // NOLINT: the messages of the service under test.

constexpr Migration kMigrations[] = {{1, "CREATE TABLE box(label TEXT NOT NULL)"}};
constexpr int kQueue = 2;
constexpr absl::Duration kPatience = absl::Seconds(20);

bool Soon(const std::function<bool()>& condition) {
  const absl::Time end = absl::Now() + kPatience;
  while (!condition() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(1));
  return condition();
}

// A service whose calls go the way of all others. It keeps the context of the latest, which tells
// what the server knows of its caller.
class BoxCalls : public BoxService::CallbackService {
 public:
  struct Functions {
    ReadFunction read;
    WriteFunction write;
    GatherFunction gather;
  };

  BoxCalls(const Environment& environment, Functions functions)
      : environment_(environment), functions_(std::move(functions)) {}

  grpc::ServerUnaryReactor* GetBox(grpc::CallbackServerContext* context,
                                   const GetBoxRequest* request, Box* box) override {
    return Started(*context,
                   StartRead(environment_, get_, functions_.read, *context, *request, *box));
  }
  grpc::ServerUnaryReactor* CreateBox(grpc::CallbackServerContext* context,
                                      const CreateBoxRequest* request, Box* box) override {
    return Started(*context, StartWrite(environment_, create_, EarlyFunction(), functions_.write,
                                        *context, *request, *box));
  }
  grpc::ServerUnaryReactor* CreateLabelledBox(grpc::CallbackServerContext* context,
                                              const CreateBoxRequest* request, Box* box) override {
    return Started(*context, StartGather(environment_, create_labelled_, functions_.gather,
                                         *context, *request, *box));
  }

  // Calls that are in their queue, or beyond.
  int started() const { return started_; }
  // Whether the server knows that the caller of the latest has gone. That call must be held up.
  bool caller_has_gone() const { return latest_.load()->IsCancelled(); }

 private:
  Method Describe(absl::string_view name) const {
    return DescribeMethod(*Box::descriptor()->file()->FindServiceByName("BoxService"), name,
                          environment_.service, *environment_.metrics);
  }
  grpc::ServerUnaryReactor* Started(grpc::CallbackServerContext& context,
                                    grpc::ServerUnaryReactor* reactor) {
    latest_ = &context;
    ++started_;
    return reactor;
  }

  const Environment& environment_;
  const Functions functions_;
  const Method get_ = Describe("GetBox");
  const Method create_ = Describe("CreateBox");
  const Method create_labelled_ = Describe("CreateLabelledBox");
  std::atomic<grpc::CallbackServerContext*> latest_{nullptr};
  std::atomic<int> started_{0};
};

using Call = std::function<grpc::Status(grpc::ClientContext*)>;

// Who makes a call, and may go before it is answered.
class Caller {
 public:
  explicit Caller(const Call& call) {
    Authorize(context_, "users/a test.read,test.write");
    context_.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    answer_ = std::async(std::launch::async, [this, call] { return call(&context_); });
  }
  ~Caller() { Go(); }

  void Go() { context_.TryCancel(); }
  grpc::Status Answer() { return answer_.get(); }

 private:
  grpc::ClientContext context_;
  std::future<grpc::Status> answer_;
};

// Looks at the bytes that any client gets.
void ExpectQueueFull(const grpc::Status& refused, absl::Duration retry_after) {
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused.error_message();
  google::rpc::Status proto;
  ASSERT_TRUE(proto.ParseFromString(refused.error_details()));
  google::rpc::ErrorInfo info;
  google::rpc::RetryInfo retry;
  int retries = 0;
  for (const google::protobuf::Any& detail : proto.details()) {
    detail.UnpackTo(&info);
    if (detail.UnpackTo(&retry)) ++retries;
  }
  EXPECT_EQ(info.domain(), kErrorDomain);
  EXPECT_EQ(info.reason(), "QUEUE_FULL");
  EXPECT_EQ(retries, 1);
  EXPECT_EQ(absl::Milliseconds(TimeUtil::DurationToMilliseconds(retry.retry_delay())), retry_after);
}

class QueuesTest : public ::testing::Test {
 protected:
  Writer& writer() { return server_.store()->writer(); }

  grpc::Status Create(grpc::ClientContext* context, const std::string& request_id = "") {
    CreateBoxRequest request;
    request.mutable_box()->set_label("red");
    request.set_request_id(request_id);
    Box box;
    return stub_->CreateBox(context, request, &box);
  }
  const Call get_ = [this](grpc::ClientContext* context) {
    Box box;
    return stub_->GetBox(context, GetBoxRequest(), &box);
  };
  const Call create_ = [this](grpc::ClientContext* context) { return Create(context); };
  const Call gather_ = [this](grpc::ClientContext* context) {
    Box box;
    return stub_->CreateLabelledBox(context, CreateBoxRequest(), &box);
  };

  void HoldReader(ThreadGate& gate) {
    gate.Hold([this](auto wait) {
      EXPECT_OK(
          server_.store()->readers().Submit({{}, [wait](absl::StatusOr<Snapshot*>) { wait(); }}));
    });
  }
  void HoldBlockingPool(ThreadGate& gate) {
    gate.Hold([this](auto wait) { EXPECT_OK(blocking_.Post(wait)); });
  }

  // Fills the queue before `gate` with calls. One more is told to come back; the others are served
  // when the gate opens, and so is who comes then.
  template <typename Gate>
  void ExpectBound(Gate& gate, const Call& call, absl::Duration retry_after) {
    std::vector<std::unique_ptr<Caller>> waiting;
    for (int i = 0; i < kQueue; ++i) waiting.push_back(std::make_unique<Caller>(call));
    if (!Soon([this] { return calls_->started() == kQueue; })) {
      // They have waited for as long as they may: what they were told says why.
      for (const auto& caller : waiting) ADD_FAILURE() << FromGrpc(caller->Answer());
      return;
    }
    ExpectQueueFull(Caller(call).Answer(), retry_after);
    EXPECT_EQ(served_, 0);
    gate.Release();
    for (const auto& caller : waiting) EXPECT_OK(FromGrpc(caller->Answer()));
    EXPECT_OK(FromGrpc(Caller(call).Answer()));
    EXPECT_EQ(served_, kQueue + 1);
  }

  // The caller goes while the first call is held up. True once both sides know.
  bool Leave(Caller& caller) {
    if (!Soon([this] { return calls_->started() == 1; })) return false;
    caller.Go();
    return caller.Answer().error_code() == grpc::StatusCode::CANCELLED &&
           Soon([this] { return calls_->caller_has_gone(); });
  }

  // What was queued before is done when these return.
  void AwaitWriter() {
    EXPECT_OK(server_.store().Write([](Transaction&) { return absl::OkStatus(); }));
  }
  void AwaitReader() {
    EXPECT_OK(server_.store().Read([](Snapshot&) { return absl::OkStatus(); }));
  }
  void AwaitBlockingPool() {
    std::promise<void> done;
    ASSERT_OK(blocking_.Post([&] { done.set_value(); }));
    done.get_future().wait();
  }

  int64_t Count(const std::string& table) { return testing::CountRows(server_.store(), table); }

  absl::Status Insert(Transaction& tx) {
    if (in_write_) in_write_();
    return tx.Sql("INSERT INTO box (label) VALUES ('red')").Run();
  }

  // What a write does first.
  std::function<void()> in_write_;
  // Calls whose function has been run.
  std::atomic<int> served_{0};
  ThreadPool blocking_{1, kQueue};
  BoxCalls* calls_ = nullptr;
  TestServer server_{
      kMigrations,
      "test",
      [this](const Environment& environment) {
        auto calls = std::make_unique<BoxCalls>(
            environment,
            BoxCalls::Functions{
                .read = [this](Snapshot&, const Message&, Message&) -> absl::Status {
                  ++served_;
                  return absl::OkStatus();
                },
                .write = [this](Transaction& tx, const Message&, Message&) -> absl::Status {
                  ++served_;
                  return Insert(tx);
                },
                .gather = [this](const Origin&, const Message&) -> absl::StatusOr<WriteFunction> {
                  ++served_;
                  return WriteFunction(
                      [this](Transaction& tx, const Message&, Message&) { return Insert(tx); });
                }});
        calls_ = calls.get();
        TestServer::Services services;
        services.push_back(std::move(calls));
        return services;
      },
      {.writer_limits = {.queue_per_lane = kQueue}, .readers = 1, .read_queue = kQueue},
      [this](Environment& environment) { environment.blocking_pool = &blocking_; }};
  std::unique_ptr<BoxService::Stub> stub_ = BoxService::NewStub(server_.channel());
};

TEST_F(QueuesTest, AFullQueueOfReadsTellsWhenToComeBack) {
  ThreadGate gate;
  HoldReader(gate);
  ExpectBound(gate, get_, absl::Milliseconds(50));
}

TEST_F(QueuesTest, AFullQueueOfWritesTellsWhenToComeBack) {
  WriterGate gate(writer());
  ExpectBound(gate, create_, absl::Milliseconds(50));
  EXPECT_EQ(Count("box"), kQueue + 1);
}

TEST_F(QueuesTest, AFullQueueOfCallsThatAskOthersTellsWhenToComeBack) {
  ThreadGate gate;
  HoldBlockingPool(gate);
  ExpectBound(gate, gather_, absl::Milliseconds(100));
  EXPECT_EQ(Count("box"), kQueue + 1);
}

TEST_F(QueuesTest, AReadWhoseCallerHasGoneIsNotServed) {
  ThreadGate gate;
  HoldReader(gate);
  Caller caller(get_);
  ASSERT_TRUE(Leave(caller));
  gate.Release();
  AwaitReader();
  EXPECT_EQ(served_, 0);
  EXPECT_OK(FromGrpc(Caller(get_).Answer()));
  EXPECT_EQ(served_, 1);
}

TEST_F(QueuesTest, AWriteWhoseCallerHasGoneIsNotDone) {
  WriterGate gate(writer());
  Caller caller(create_);
  ASSERT_TRUE(Leave(caller));
  gate.Release();
  AwaitWriter();
  EXPECT_EQ(served_, 0);
  EXPECT_EQ(writer().counters().gone, 1);
  EXPECT_EQ(Count("box") + Count("audit"), 0);
  EXPECT_OK(FromGrpc(Caller(create_).Answer()));
  EXPECT_EQ(Count("box"), 1);
}

TEST_F(QueuesTest, NobodyIsAskedForACallerWhoHasGone) {
  ThreadGate gate;
  HoldBlockingPool(gate);
  Caller caller(gather_);
  ASSERT_TRUE(Leave(caller));
  gate.Release();
  AwaitBlockingPool();
  AwaitWriter();
  EXPECT_EQ(served_, 0);
  EXPECT_EQ(Count("box"), 0);
}

TEST_F(QueuesTest, AWriteThatHasBegunIsDoneThoughItsCallerGoes) {
  const Call create = [this](grpc::ClientContext* context) { return Create(context, "id"); };
  std::promise<void> begun;
  std::promise<void> go_on;
  in_write_ = [&] {
    begun.set_value();
    go_on.get_future().wait();
  };
  Caller caller(create);
  ASSERT_EQ(begun.get_future().wait_for(absl::ToChronoSeconds(kPatience)),
            std::future_status::ready);
  ASSERT_TRUE(Leave(caller));
  go_on.set_value();
  AwaitWriter();
  EXPECT_EQ(served_, 1);
  EXPECT_EQ(writer().counters().gone, 0);
  EXPECT_EQ(Count("box"), 1);
  EXPECT_EQ(Count("audit"), 1);
  EXPECT_OK(FromGrpc(Caller(create).Answer())) << "a repeat gets the first answer";
  EXPECT_EQ(served_, 1);
  EXPECT_EQ(Count("box"), 1);
}

}  // namespace
}  // namespace regulars::rpc
