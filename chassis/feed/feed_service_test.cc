#include "chassis/feed/feed_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "chassis/auth/token.h"
#include "chassis/feed/event.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "regulars/feed/v1/feed_service.grpc.pb.h"

namespace regulars {
namespace {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TestServer;
using ::regulars::testing::TokenFor;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace ::regulars::feed::v1;  // NOLINT: the messages of the service under test.

class FeedServiceTest : public ::testing::Test {
 protected:
  void Publish(const std::string& type, const std::string& subject, const std::string& realm = "") {
    EXPECT_OK(server_.store().Write([&](Transaction& tx) {
      tx.Publish({.type = type, .subject = subject, .realm = realm});
      return absl::OkStatus();
    }));
  }

  // Positions of all events that a subscription to the end brings.
  absl::StatusOr<std::vector<int64_t>> Read(SubscribeRequest request,
                                            const std::string& token = "users/a test.read") {
    request.set_stop_at_head(true);
    grpc::ClientContext context;
    Authorize(context, token);
    auto stream = stub_->Subscribe(&context, request);
    std::vector<int64_t> positions;
    for (SubscribeResponse batch; stream->Read(&batch);) {
      for (const auto& event : batch.events()) positions.push_back(event.position());
      epoch_ = batch.epoch();
    }
    const absl::Status status = FromGrpc(stream->Finish());
    if (!status.ok()) return status;
    return positions;
  }

  std::string epoch_;
  TestServer server_{{}, "test", [](const rpc::Environment& environment) {
                       TestServer::Services services;
                       services.push_back(MakeFeedService(environment));
                       return services;
                     }};
  std::unique_ptr<FeedService::Stub> stub_ = FeedService::NewStub(server_.channel());
};

TEST_F(FeedServiceTest, SendsEverythingInOrderInBatches) {
  EXPECT_OK(server_.store().Write([&](Transaction& tx) {
    for (int i = 0; i < 2500; ++i) tx.Publish({.type = "t", .subject = "s"});
    return absl::OkStatus();
  }));
  ASSERT_OK_AND_ASSIGN(const auto positions, Read({}));
  ASSERT_EQ(positions.size(), 2500u);
  for (size_t i = 0; i < positions.size(); ++i) {
    ASSERT_EQ(positions[i], static_cast<int64_t>(i) + 1);
  }
}

TEST_F(FeedServiceTest, LongEventsComeInShorterBatches) {
  feed::v1::Event payload;
  payload.set_subject(std::string(200'000, 'x'));
  EXPECT_OK(server_.store().Write([&](Transaction& tx) {
    for (int i = 0; i < 20; ++i) tx.Publish(PackEvent("s", "", payload));
    return absl::OkStatus();
  }));
  SubscribeRequest request;
  request.set_stop_at_head(true);
  grpc::ClientContext context;
  Authorize(context, "users/a test.read");
  auto stream = stub_->Subscribe(&context, request);
  std::vector<int> sizes;
  int64_t position = 0;
  for (SubscribeResponse batch; stream->Read(&batch);) {
    for (const auto& event : batch.events()) EXPECT_EQ(event.position(), ++position);
    EXPECT_EQ(batch.position(), position);
    sizes.push_back(batch.events_size());
  }
  EXPECT_OK(FromGrpc(stream->Finish()));
  EXPECT_THAT(sizes, ElementsAre(6, 6, 6, 2));
}

TEST_F(FeedServiceTest, FiltersByTypeAndRealm) {
  Publish("a.one", "s");
  Publish("a.two", "s", "stores/x");
  Publish("b.one", "s", "stores/y");
  SubscribeRequest request;
  request.add_types("a.*");
  EXPECT_THAT(*Read(request), ElementsAre(1, 2));
  request.clear_types();
  request.add_types("b.one");
  EXPECT_THAT(*Read(request), ElementsAre(3));
  EXPECT_THAT(*Read({}, "users/a test.read stores/y"), ElementsAre(3));
}

TEST_F(FeedServiceTest, AStarStandsAtTheEndOfAType) {
  Publish("a.one", "s");
  for (const char* good : {"*", "a*", "a.one", "a.one*"}) {
    SubscribeRequest request;
    request.add_types(good);
    EXPECT_THAT(*Read(request), ElementsAre(1)) << good;
  }
  for (const char* bad : {"", "a*b", "*.one", "a**", "**"}) {
    SubscribeRequest request;
    request.add_types("a.one");
    request.add_types(bad);
    const absl::Status refused = Read(request).status();
    EXPECT_THAT(refused, HasReason("INVALID_TYPE")) << bad;
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

TEST_F(FeedServiceTest, PositionsOutsideTheFeedAreOutOfRange) {
  Publish("t", "s");
  ASSERT_OK(Read({}));
  SubscribeRequest request;
  request.set_after(1);
  EXPECT_THAT(Read(request), HasReason("EPOCH_MISSING"));
  request.set_epoch(epoch_);
  EXPECT_THAT(*Read(request), IsEmpty());
  request.set_after(2);
  EXPECT_THAT(Read(request), HasReason("POSITION_AHEAD"));
  EXPECT_THAT(Read(request), StatusIs(absl::StatusCode::kOutOfRange));
  request.set_after(-1);
  EXPECT_THAT(Read(request), HasReason("INVALID_POSITION"));
  request.set_after(0);
  request.set_epoch("other");
  EXPECT_THAT(Read(request), HasReason("EPOCH_UNKNOWN"));
}

TEST_F(FeedServiceTest, PruningKeepsTheNewestAndIsNoticed) {
  for (int i = 0; i < 5; ++i) Publish("t", "s");
  ASSERT_OK(Read({}));
  server_.clock().Advance(absl::Hours(1));
  int64_t pruned = 0;
  EXPECT_OK(server_.store().Write([&](Transaction& tx) {
    ABSL_ASSIGN_OR_RETURN(pruned, PruneFeed(tx, tx.now(), 3));
    return absl::OkStatus();
  }));
  EXPECT_EQ(pruned, 3);
  SubscribeRequest request;
  request.set_epoch(epoch_);
  request.set_after(2);
  EXPECT_THAT(Read(request), HasReason("POSITION_PRUNED"));
  request.set_after(3);
  EXPECT_THAT(*Read(request), ElementsAre(4, 5));
  EXPECT_OK(server_.store().Write([&](Transaction& tx) {
    ABSL_ASSIGN_OR_RETURN(pruned, PruneFeed(tx, tx.now(), 100));
    return absl::OkStatus();
  }));
  EXPECT_EQ(pruned, 1) << "the newest stays";
}

TEST_F(FeedServiceTest, ASubscriberIsWokenByCommits) {
  Publish("t", "before");
  grpc::ClientContext context;
  Authorize(context, "users/a test.read");
  SubscribeRequest request;
  request.set_from_head(true);
  auto stream = stub_->Subscribe(&context, request);
  SubscribeResponse batch;
  ASSERT_TRUE(stream->Read(&batch));
  EXPECT_EQ(batch.position(), 1);
  EXPECT_EQ(batch.events_size(), 0);
  const absl::Time start = absl::Now();
  Publish("t", "after");
  ASSERT_TRUE(stream->Read(&batch));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5)) << "woken, not polled";
  ASSERT_EQ(batch.events_size(), 1);
  EXPECT_EQ(batch.events(0).subject(), "after");
  EXPECT_EQ(batch.events(0).id(), batch.epoch() + "-2");
  context.TryCancel();
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(FeedServiceTest, AStreamEndsWithItsToken) {
  constexpr absl::Duration kLifetime = absl::Minutes(15);
  grpc::ClientContext context;
  Authorize(context, TokenFor(server_, "users/a", "test.read", kLifetime));
  auto stream = stub_->Subscribe(&context, {});
  SubscribeResponse batch;
  ASSERT_TRUE(stream->Read(&batch));
  server_.clock().Advance(kLifetime + auth::kAllowedSkew - absl::Seconds(1));
  Publish("t", "before");
  ASSERT_TRUE(stream->Read(&batch));
  EXPECT_EQ(batch.events_size(), 1);
  server_.clock().Advance(absl::Seconds(1));
  Publish("t", "after");
  EXPECT_FALSE(stream->Read(&batch));
  const absl::Status ended = FromGrpc(stream->Finish());
  EXPECT_THAT(ended, HasReason("TOKEN_EXPIRED"));
  EXPECT_THAT(ended, StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(FeedServiceTest, StreamsAtOnceHaveALimitAndServicesHavePlacesOfTheirOwn) {
  constexpr int kForAll = 224;
  constexpr int kMost = 256;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<SubscribeResponse>>> streams;
  // Why a subscription is refused; OK when it is open.
  const auto open = [&](const std::string& token) -> absl::Status {
    auto context = std::make_unique<grpc::ClientContext>();
    Authorize(*context, token);
    auto stream = stub_->Subscribe(context.get(), {});
    SubscribeResponse batch;
    if (!stream->Read(&batch)) return FromGrpc(stream->Finish());
    contexts.push_back(std::move(context));
    streams.push_back(std::move(stream));
    return absl::OkStatus();
  };
  for (int i = 0; i < kForAll; ++i) ASSERT_OK(open("users/a test.read"));
  EXPECT_THAT(open("users/b test.read"), HasReason("TOO_MANY_STREAMS"));
  EXPECT_THAT(open("nobody"), HasReason("TOKEN_INVALID")) << "who it is is asked first";
  for (int i = kForAll; i < kMost; ++i) ASSERT_OK(open("services/loyalty test.read"));
  EXPECT_THAT(open("services/loyalty test.read"), HasReason("TOO_MANY_STREAMS"));
  for (const auto& context : contexts) context->TryCancel();
  for (const auto& stream : streams) {
    EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
  }
}

TEST_F(FeedServiceTest, StateSaysWhereTheFeedStands) {
  Publish("t", "s");
  grpc::ClientContext context;
  Authorize(context, "users/a test.read");
  GetFeedStateRequest request;
  request.set_name("feed");
  FeedState state;
  ASSERT_OK(FromGrpc(stub_->GetFeedState(&context, request, &state)));
  EXPECT_EQ(state.head_position(), 1);
  EXPECT_EQ(state.pruned_position(), 0);
  EXPECT_EQ(state.epoch(), server_.store()->writer().epoch());
}

}  // namespace
}  // namespace regulars
