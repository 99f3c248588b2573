// A peer before a server that says what it was called with.
#include "chassis/peers/peer.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "chassis/rpc/call.h"
#include "chassis/testing/status_matchers.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::MatchesRegex;
using testing::v1::Box;
using testing::v1::BoxService;
using testing::v1::GetBoxRequest;

// Notes the metadata of each call; the label tells what to do.
class Server : public BoxService::Service {
 public:
  Server() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~Server() override { server_->Shutdown(); }

  grpc::Status GetBox(grpc::ServerContext* context, const GetBoxRequest* request,
                      Box* box) override {
    for (const char* key : {rpc::kAuthorizationKey, rpc::kHopsKey, rpc::kTraceParentKey}) {
      const auto found = context->client_metadata().find(key);
      seen[key] = found == context->client_metadata().end()
                      ? ""
                      : std::string(found->second.data(), found->second.size());
    }
    left = absl::FromChrono(context->deadline()) - absl::Now();
    ++calls;
    if (request->name() == "boxes/missing") {
      return ToGrpc(NotFound("BOX_NOT_FOUND", "no such box"));
    }
    if (request->name() == "boxes/unknown-key") {
      return ToGrpc(Unauthenticated("TOKEN_UNKNOWN_KEY", "who are you?"));
    }
    if (request->name() == "boxes/bad-token") {
      return ToGrpc(Unauthenticated("TOKEN_INVALID", "what is this?"));
    }
    while (request->name() == "boxes/slow" && !context->IsCancelled()) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    box->set_label("the label of " + request->name());
    return grpc::Status::OK;
  }

  std::shared_ptr<grpc::Channel> Channel() const {
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(port_),
                               grpc::InsecureChannelCredentials());
  }

  std::map<std::string, std::string> seen;
  absl::Duration left;
  std::atomic<int> calls{0};

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

GetBoxRequest Request(const std::string& name) {
  GetBoxRequest request;
  request.set_name(name);
  return request;
}

class PeerTest : public ::testing::Test {
 protected:
  absl::StatusOr<Box> Get(const std::string& name, const Origin& origin = {},
                          absl::Duration timeout = Peer::kTimeout) {
    return peer_.Call(origin, &BoxService::Stub::GetBox, Request(name), timeout);
  }

  Server server_;
  int tokens_ = 0;
  Peer peer_{"box", server_.Channel(),
             [this]() -> absl::StatusOr<std::string> { return "t" + std::to_string(++tokens_); }};
};

TEST_F(PeerTest, ACallCarriesTokenHopsAndTrace) {
  Origin origin{.correlation_id = "0123456789abcdef0123456789abcdef", .hops = 3};
  ASSERT_OK_AND_ASSIGN(const Box box, Get("boxes/1", origin));
  EXPECT_EQ(box.label(), "the label of boxes/1");
  EXPECT_EQ(server_.seen[rpc::kAuthorizationKey], "Bearer t1");
  EXPECT_EQ(server_.seen[rpc::kHopsKey], "4");
  EXPECT_THAT(server_.seen[rpc::kTraceParentKey],
              MatchesRegex("00-0123456789abcdef0123456789abcdef-[0-9a-f]{16}-01"));
  origin.correlation_id = "none of W3C's";
  EXPECT_OK(Get("boxes/1", origin));
  EXPECT_EQ(server_.seen[rpc::kAuthorizationKey], "Bearer t2");
  EXPECT_EQ(server_.seen[rpc::kTraceParentKey], "");
}

TEST_F(PeerTest, TheTighterLimitOfTimeWins) {
  EXPECT_OK(Get("boxes/1"));
  EXPECT_GT(server_.left, absl::Seconds(8));
  EXPECT_LE(server_.left, Peer::kTimeout + absl::Seconds(1));
  EXPECT_OK(Get("boxes/1", {.deadline = absl::Now() + absl::Seconds(3)}));
  EXPECT_LT(server_.left, absl::Seconds(4));
  EXPECT_OK(Get("boxes/1", {.deadline = absl::Now() + absl::Seconds(30)}, absl::Seconds(2)));
  EXPECT_LT(server_.left, absl::Seconds(3));
  EXPECT_THAT(Get("boxes/slow", {}, absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(PeerTest, TheOthersErrorsComeBackAsTheyAre) {
  EXPECT_THAT(Get("boxes/missing"), HasReason("BOX_NOT_FOUND"));
  EXPECT_THAT(Get("boxes/bad-token"), HasReason("TOKEN_INVALID"));
}

// Tasks give up on an UNAUTHENTICATED and try again after an UNAVAILABLE.
TEST_F(PeerTest, OneThatDoesNotKnowThisKeyYetIsUnavailable) {
  const auto told = Get("boxes/unknown-key");
  EXPECT_THAT(told, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(told, HasReason("PEER_LACKS_KEY"));
}

TEST_F(PeerTest, WithoutATokenNothingIsSent) {
  Peer peer("box", server_.Channel(),
            []() -> absl::StatusOr<std::string> { return absl::InternalError("no key"); });
  EXPECT_THAT(peer.Call({}, &BoxService::Stub::GetBox, Request("boxes/1")),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(server_.calls, 0);
}

TEST_F(PeerTest, OneThatIsOutOfReachIsUnavailable) {
  Peer peer("box", grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials()),
            []() -> absl::StatusOr<std::string> { return "t"; });
  EXPECT_THAT(peer.Call({}, &BoxService::Stub::GetBox, Request("boxes/1")),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(PeerTest, ClosingBreaksOffWhatIsUnderWay) {
  std::thread closer([&] {
    while (server_.calls == 0) absl::SleepFor(absl::Milliseconds(1));
    peer_.Close();
  });
  EXPECT_THAT(Get("boxes/slow", {}, absl::Seconds(60)), HasReason("STOPPING"));
  closer.join();
  EXPECT_THAT(Get("boxes/1"), HasReason("STOPPING"));
}

}  // namespace
}  // namespace regulars
