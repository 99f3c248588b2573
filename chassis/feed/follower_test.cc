// A follower before a real feed on the wire, and the calls that ask for what it has followed.
#include "chassis/feed/follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "chassis/admin/admin_service.h"
#include "chassis/auth/token.h"
#include "chassis/feed/follow_fixture.h"
#include "chassis/testing/fake_upstream.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "regulars/admin/v1/admin_service.grpc.pb.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars::follow {
namespace {

using ::regulars::testing::FakeUpstream;
using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TestServer;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Admin = admin::v1::AdminService::Stub;
using testing::v1::BoxService;

class FollowerTest : public ::testing::Test {
 protected:
  ~FollowerTest() override {
    if (follower_) follower_->Stop();
    runner_->Stop();
  }

  void StartFollower() {
    follower_ = std::make_unique<Follower>(
        *environment_, &upstream_.peer(), FollowerOptions{.upstream = "up"},
        MirrorHandlers(
            [this]() -> absl::StatusOr<Store*> {
              if (++pages_ != expires_at_page_) return &*upstream_.server().store();
              return FieldError("page_token", "INVALID_PAGE_TOKEN", "is too old");
            },
            [this](const std::string& subject, const std::string&) {
              return subject == "boxes/bad" && bad_ ? InvalidArgument("BAD", "it is bad")
                                                    : absl::OkStatus();
            }));
    follower_->Start();
  }

  // Sets a box upstream; the position to read after.
  std::string Set(const std::string& id, const std::string& label) {
    EXPECT_OK(
        upstream_.server().store().Write([&](Transaction& tx) { return SetBox(tx, id, label); }));
    return absl::StrCat("up:", upstream_.server().store()->writer().position().position());
  }

  // The label that the follower's service knows.
  absl::StatusOr<std::string> Read(const std::string& id, const std::string& after,
                                   absl::Duration patience = absl::Seconds(20)) {
    grpc::ClientContext context;
    testing::Authorize(context, "users/a down.read,test.read");
    context.AddMetadata("regulars-after", after);
    context.set_deadline(absl::ToChronoTime(absl::Now() + patience));
    testing::v1::GetBoxRequest request;
    request.set_name(id);
    testing::v1::Box box;
    BoxService::Stub stub(down_.channel());
    const absl::Status status = FromGrpc(stub.GetBox(&context, request, &box));
    if (!status.ok()) return status;
    return box.label();
  }

  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Call(grpc::Status (Admin::*method)(grpc::ClientContext*, const Request&,
                                                           Reply*),
                             const std::type_identity_t<Request>& request) {
    grpc::ClientContext context;
    testing::Authorize(context, "users/a down.admin");
    Reply reply;
    Admin stub(down_.channel());
    const absl::Status status = FromGrpc((stub.*method)(&context, request, &reply));
    if (!status.ok()) return status;
    return reply;
  }
  // Empty until the follower has begun.
  admin::v1::Follower State() {
    admin::v1::GetFollowerRequest request;
    request.set_name("followers/up");
    const auto follower = Call(&Admin::GetFollower, request);
    return follower.ok() ? *follower : admin::v1::Follower();
  }
  std::vector<std::string> Parked(int page_size = 0) {
    admin::v1::ListParkedEventsRequest request;
    request.set_parent("followers/up");
    request.set_page_size(page_size);
    std::vector<std::string> parked;
    do {
      const auto page = Call(&Admin::ListParkedEvents, request);
      EXPECT_OK(page);
      if (!page.ok()) break;
      for (const auto& event : page->parked_events()) {
        parked.push_back(absl::StrCat(
            event.name(), " ", admin::v1::ParkedEvent::State_Name(event.state()), " ",
            event.event().subject(), " ", event.attempts(), " ", event.error().message()));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return parked;
  }
  // regulars_follow_lag_seconds.
  double Lag() {
    const std::string text = down_.metrics().Text();
    const std::string name = "\nregulars_follow_lag_seconds{upstream=\"up\"} ";
    const size_t at = text.find(name);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size()));
  }
  template <typename F>
  bool Await(F condition) {
    for (int i = 0; i < 10'000; ++i) {
      if (condition()) return true;
      absl::SleepFor(absl::Milliseconds(1));
    }
    return false;
  }

  FakeUpstream upstream_{"up", "down", kUpstreamMigrations};
  std::atomic<bool> bad_{false};
  int pages_ = 0;  // Asked for by rebuilds, and which of them is refused.
  int expires_at_page_ = 0;
  const rpc::Environment* environment_ = nullptr;
  std::unique_ptr<TaskRunner> runner_;
  TestServer down_{
      kMirrorMigrations, "down", [this](const rpc::Environment& environment) {
        environment_ = &environment;
        runner_ = std::make_unique<TaskRunner>(*environment.store);
        auto boxes = std::make_unique<rpc::Service>(environment, BoxService::service_full_name());
        boxes->Read(
            "GetBox",
            [](Snapshot& db,
               const testing::v1::GetBoxRequest& r) -> absl::StatusOr<testing::v1::Box> {
              testing::v1::Box box;
              ABSL_ASSIGN_OR_RETURN(
                  const auto label,
                  db.Sql("SELECT label FROM mirror WHERE id = ?", r.name()).First<std::string>());
              box.set_label(label.value_or("(none)"));
              return box;
            });
        TestServer::Services services;
        services.push_back(std::move(boxes));
        services.push_back(MakeAdminService(environment, *runner_, DescribeNothing));
        return services;
      }};
  std::unique_ptr<Follower> follower_;

 private:
  static absl::StatusOr<std::string> DescribeNothing(Snapshot&, const Task&) { return ""; }
};

// How old its state is nobody knows, but that it is older than the process.
TEST_F(FollowerTest, AnUpstreamThatWasNeverHeardIsALag) {
  upstream_.SetAnswers(false);
  StartFollower();
  EXPECT_TRUE(Await([&] { return Lag() > 0; }));
  EXPECT_THAT(down_.metrics().Text(), HasSubstr("regulars_follow_connected{upstream=\"up\"} 0\n"));
  upstream_.SetAnswers(true);
  EXPECT_TRUE(Await([&] { return Lag() == 0; }));
  EXPECT_THAT(down_.metrics().Text(), HasSubstr("regulars_follow_connected{upstream=\"up\"} 1\n"));
}

TEST_F(FollowerTest, AReadWaitsUntilTheFollowerHasComeThatFar) {
  const std::string before = Set("a", "1");
  StartFollower();
  EXPECT_THAT(Read("a", before), testing::IsOkAndHolds("1"));
  for (int i = 2; i < 30; ++i) {
    const std::string label = absl::StrCat(i);
    const std::string after = Set("a", label);
    EXPECT_THAT(Read("a", after), testing::IsOkAndHolds(label));
  }
  // Events of other types count as followed, too.
  const int64_t position = upstream_.Publish("boxes/x", Noise());
  EXPECT_OK(Read("a", absl::StrCat("up:", position)));
  EXPECT_OK(Read("a", "up:0"));
}

TEST_F(FollowerTest, AReadDoesNotWaitForEver) {
  StartFollower();
  EXPECT_THAT(Read("a", "up:1000", absl::Milliseconds(100)),
              AnyOf(HasReason("NOT_FOLLOWED_YET"), StatusIs(absl::StatusCode::kDeadlineExceeded)));
  for (const char* wrong : {"other:1", "up:x", "up:-1", "up", ":1", "1"}) {
    EXPECT_THAT(Read("a", wrong), HasReason("INVALID_POSITION")) << wrong;
  }
}

TEST_F(FollowerTest, AnUpstreamMayBeAwayForAWhile) {
  upstream_.SetAnswers(false);
  const std::string after = Set("a", "1");
  StartFollower();
  EXPECT_TRUE(Await([this] { return !State().trouble().empty(); }));
  EXPECT_FALSE(State().connected());
  EXPECT_THAT(environment_->warnings->Lines(), ElementsAre(HasSubstr("up: DOWN")));
  upstream_.SetAnswers(true);
  EXPECT_THAT(Read("a", after), testing::IsOkAndHolds("1"));
  // It is told a moment after the events have had their effect.
  EXPECT_TRUE(Await([this] { return environment_->warnings->Lines().empty(); }));
  const admin::v1::Follower state = State();
  EXPECT_TRUE(state.connected());
  EXPECT_EQ(state.position(), 1);
  EXPECT_EQ(state.lag(), 0);
  EXPECT_EQ(state.state(), admin::v1::Follower::STATE_FOLLOWING);
  EXPECT_EQ(state.types_size(), 2);
  EXPECT_THAT(down_.metrics().Text(), HasSubstr("regulars_follow_events{upstream=\"up\"} 1"));
}

TEST_F(FollowerTest, AStreamThatEndsWithItsTokenIsNoTrouble) {
  StartFollower();
  EXPECT_THAT(Read("a", Set("a", "1")), testing::IsOkAndHolds("1"));
  FakeClock& clock = upstream_.server().clock();
  for (const char* label : {"2", "3"}) {
    clock.Advance(FakeUpstream::kTokenLifetime + auth::kAllowedSkew);
    EXPECT_THAT(Read("a", Set("a", label)), testing::IsOkAndHolds(label));
    EXPECT_THAT(environment_->warnings->Lines(), IsEmpty());
  }
  EXPECT_EQ(State().trouble(), "");
}

TEST_F(FollowerTest, StoppingDoesNotWaitForTheUpstream) {
  StartFollower();
  Read("a", Set("a", "1")).IgnoreError();
  const absl::Time start = absl::Now();
  follower_->Stop();
  follower_.reset();
  upstream_.SetAnswers(false);
  StartFollower();
  absl::SleepFor(absl::Milliseconds(20));
  follower_->Stop();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST_F(FollowerTest, WithoutAPeerItFollowsNothing) {
  Follower follower(*environment_, static_cast<Peer*>(nullptr), {.upstream = "other"},
                    FeedHandlers());
  follower.Start();
  follower.Stop();
  EXPECT_THAT(environment_->warnings->Lines(), IsEmpty());
  EXPECT_THAT(Read("a", "other:1"), HasReason("INVALID_POSITION"));
}

TEST_F(FollowerTest, AFeedThatBeginsTooLateIsMadeUpForByReadingTheState) {
  for (int i = 0; i < 10; ++i) Set(absl::StrCat("box", i), "1");
  upstream_.server().clock().Advance(absl::Hours(1));
  EXPECT_OK(upstream_.server().store().Write(
      [](Transaction& tx) { return PruneFeed(tx, tx.now(), 5).status(); }));
  const std::string after = Set("box3", "2");
  StartFollower();
  EXPECT_THAT(Read("box3", after), testing::IsOkAndHolds("2"));
  EXPECT_THAT(Read("box0", after), testing::IsOkAndHolds("1"));
  EXPECT_EQ(State().rebuild_count(), 1);
}

TEST_F(FollowerTest, ARebuildWhosePageTokenIsTakenNoMoreBeginsAgain) {
  for (int i = 0; i < 10; ++i) Set(absl::StrCat("box", i), "1");
  upstream_.server().clock().Advance(absl::Hours(1));
  EXPECT_OK(upstream_.server().store().Write(
      [](Transaction& tx) { return PruneFeed(tx, tx.now(), 5).status(); }));
  expires_at_page_ = 3;
  StartFollower();
  EXPECT_THAT(Read("box0", Set("box3", "2")), testing::IsOkAndHolds("1"));
  EXPECT_EQ(State().rebuild_count(), 2);
  EXPECT_EQ(State().trouble(), "");
}

TEST_F(FollowerTest, ParkedEventsAreShownRetriedAndSkipped) {
  bad_ = true;
  Set("bad", "1");
  Set("bad", "2");
  const std::string after = Set("good", "1");
  StartFollower();
  EXPECT_THAT(Read("good", after), testing::IsOkAndHolds("1"));
  EXPECT_EQ(State().parked_count(), 2);
  EXPECT_THAT(environment_->warnings->Lines(), ElementsAre("up: 2 events are parked"));
  const std::vector<std::string> expected = {
      "followers/up/parkedEvents/1 STATE_FAILED boxes/bad 1 it is bad",
      "followers/up/parkedEvents/2 STATE_WAITING boxes/bad 0 "};
  EXPECT_EQ(Parked(), expected);
  EXPECT_EQ(Parked(/*page_size=*/1), expected);

  admin::v1::RetryParkedEventsRequest retry;
  retry.set_name("followers/up");
  ASSERT_OK_AND_ASSIGN(const auto retried, Call(&Admin::RetryParkedEvents, retry));
  EXPECT_EQ(retried.event_count(), 2);
  EXPECT_TRUE(Await([this] {
    return Parked() == std::vector<std::string>{
                           "followers/up/parkedEvents/1 STATE_FAILED boxes/bad 2 it is bad",
                           "followers/up/parkedEvents/2 STATE_WAITING boxes/bad 0 "};
  })) << ::testing::PrintToString(Parked());

  bad_ = false;
  admin::v1::SkipParkedEventRequest skip;
  skip.set_name("followers/up/parkedEvents/1");
  EXPECT_OK(Call(&Admin::SkipParkedEvent, skip));
  EXPECT_TRUE(Await([this] { return Parked().empty(); }));
  EXPECT_THAT(Read("bad", after), testing::IsOkAndHolds("2"));
  EXPECT_TRUE(Await([this] { return environment_->warnings->Lines().empty(); }));

  bad_ = true;
  const std::string third = Set("bad", "3");
  EXPECT_THAT(Read("bad", third), testing::IsOkAndHolds("2"));
  bad_ = false;
  retry.set_subject("boxes/other");
  ASSERT_OK_AND_ASSIGN(const auto none, Call(&Admin::RetryParkedEvents, retry));
  EXPECT_EQ(none.event_count(), 0);
  retry.set_subject("boxes/bad");
  ASSERT_OK_AND_ASSIGN(const auto one, Call(&Admin::RetryParkedEvents, retry));
  EXPECT_EQ(one.event_count(), 1);
  EXPECT_TRUE(Await([this] { return Parked().empty(); }));
  EXPECT_THAT(Read("bad", third), testing::IsOkAndHolds("3"));
}

TEST_F(FollowerTest, WhoAsksForWhatIsNotThereIsTold) {
  StartFollower();
  ASSERT_OK(Read("a", "up:0"));
  admin::v1::GetFollowerRequest get;
  get.set_name("followers/nobody");
  EXPECT_THAT(Call(&Admin::GetFollower, get), HasReason("FOLLOWER_NOT_FOUND"));
  admin::v1::ListParkedEventsRequest list;
  list.set_parent("followers/nobody");
  EXPECT_THAT(Call(&Admin::ListParkedEvents, list), HasReason("FOLLOWER_NOT_FOUND"));
  admin::v1::RetryParkedEventsRequest retry;
  retry.set_name("followers/nobody");
  EXPECT_THAT(Call(&Admin::RetryParkedEvents, retry), HasReason("FOLLOWER_NOT_FOUND"));
  for (const char* name : {"followers/up/parkedEvents/1", "followers/up/parkedEvents/x"}) {
    admin::v1::SkipParkedEventRequest skip;
    skip.set_name(name);
    EXPECT_THAT(Call(&Admin::SkipParkedEvent, skip), HasReason("PARKED_EVENT_NOT_FOUND")) << name;
  }
  ASSERT_OK_AND_ASSIGN(const auto followers,
                       Call(&Admin::ListFollowers, admin::v1::ListFollowersRequest()));
  ASSERT_EQ(followers.followers_size(), 1);
  EXPECT_EQ(followers.followers(0).name(), "followers/up");
}

}  // namespace
}  // namespace regulars::follow
