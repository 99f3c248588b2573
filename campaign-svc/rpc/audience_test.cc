// What reading a campaign's audience waits for, and that it goes on by itself.
#include <gtest/gtest.h>

#include "campaign-svc/testing/sending_fixture.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;

constexpr int kMoreThanATaskIsTried = TaskRunner::kMaxAttempts + 2;

class AudienceTest : public SendingFixture {
 protected:
  // Whether the one task of this kind has run, and is due again.
  bool LooksAgainLater(const std::string& kind) {
    const int64_t now = absl::ToUnixMicros(server_.server().clock().Now());
    return server_.WaitFor([&] {
      return server_.Count(absl::StrCat("task WHERE kind = '", kind, "' AND state = 'WAITING' AND ",
                                        "due_time > ", now)) == 1;
    });
  }
};

TEST_F(AudienceTest, ASegmentThatIsBeingFoundIsWaitedFor) {
  server_.customers().AddMembers("best", 3);
  server_.customers().SetComputing(true);
  ASSERT_OK(server_.Start("hello", "best"));
  for (int i = 0; i < kMoreThanATaskIsTried; ++i) {
    ASSERT_TRUE(LooksAgainLater("campaign_audience"));
    ASSERT_EQ(server_.Get().state(), v1::Campaign::STATE_RUNNING) << i;
    server_.Advance(absl::Minutes(10));
  }
  ASSERT_TRUE(LooksAgainLater("campaign_audience"));
  EXPECT_EQ(server_.Get().counts().recipients(), 0);
  EXPECT_THAT(FromProto(server_.Get().error()), HasReason("SEGMENT_COMPUTING"));
  server_.customers().SetComputing(false);
  server_.Advance(absl::Minutes(10));
  ASSERT_TRUE(WaitFinished());
  EXPECT_FALSE(server_.Get().has_error());
  EXPECT_EQ(server_.sink().count(), 3);
}

// However long it is down, and whatever its callers hear then: a slow one lets deadlines pass.
TEST_F(AudienceTest, AnAudienceThatCannotBeAskedForIsWaitedFor) {
  server_.customers().AddMembers("best", 3);
  server_.customers().Fail({grpc::StatusCode::UNAVAILABLE, "down"});
  ASSERT_OK(server_.Start("hello", "best"));
  for (int i = 0; i < kMoreThanATaskIsTried; ++i) {
    ASSERT_TRUE(LooksAgainLater("campaign_audience"));
    ASSERT_EQ(server_.Get().state(), v1::Campaign::STATE_RUNNING) << i;
    EXPECT_THAT(FromProto(server_.Get().error()), HasReason("CUSTOMERS_UNAVAILABLE"));
    server_.customers().Fail(
        {i % 2 == 0 ? grpc::StatusCode::DEADLINE_EXCEEDED : grpc::StatusCode::CANCELLED, "slow"});
    server_.Advance(absl::Minutes(10));
  }
  // Whoever pauses it meanwhile sees no fault of its own.
  ASSERT_TRUE(LooksAgainLater("campaign_audience"));
  ASSERT_OK(Act(&CampaignServer::Campaigns::PauseCampaign));
  EXPECT_FALSE(server_.Get().has_error());
  ASSERT_OK(Act(&CampaignServer::Campaigns::ResumeCampaign));
  ASSERT_TRUE(LooksAgainLater("campaign_audience"));
  server_.customers().Fail(grpc::Status::OK);
  server_.Advance(absl::Minutes(10));
  ASSERT_TRUE(WaitFinished());
  EXPECT_FALSE(server_.Get().has_error());
  EXPECT_EQ(server_.sink().count(), 3);
}

// As at the end of the process, which closes its ways to others first.
TEST_F(AudienceTest, AnAudienceThatIsBrokenOffIsLeftToTheNextProcess) {
  server_.customers().AddMembers("best", 3);
  server_.customers().Stall();
  ASSERT_OK(server_.Start("hello", "best"));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.customers().stalled(); }));
  server_.customers().peer()->Close();
  server_.StopTasks();
  EXPECT_EQ(server_.Get().state(), v1::Campaign::STATE_RUNNING);
  EXPECT_FALSE(server_.Get().has_error());
  EXPECT_EQ(server_.Count("task WHERE kind = 'campaign_audience' AND state = 'WAITING' AND "
                          "attempts = 0"),
            1);
}

TEST_F(AudienceTest, AWatchedSegmentThatCannotBeAskedForIsWaitedFor) {
  server_.customers().Fail({grpc::StatusCode::DEADLINE_EXCEEDED, "slow"});
  ASSERT_OK(
      server_.MakeCampaign("c", "template: 'templates/hello' entry { segment: 'segments/best' }"));
  ASSERT_OK(Act(&CampaignServer::Campaigns::StartCampaign));
  for (int i = 0; i < kMoreThanATaskIsTried; ++i) {
    ASSERT_TRUE(LooksAgainLater("campaign_watch"));
    ASSERT_EQ(server_.Get().state(), v1::Campaign::STATE_RUNNING) << i;
    server_.Advance(absl::Minutes(10));
  }
  // It is looked for all the while.
  ASSERT_TRUE(LooksAgainLater("campaign_watch"));
  server_.customers().Fail(grpc::Status::OK);
  server_.Advance(absl::Minutes(10));
  ASSERT_TRUE(server_.WaitFor([&] { return server_.Get().state() == v1::Campaign::STATE_PAUSED; }));
  EXPECT_THAT(FromProto(server_.Get().error()), HasReason("SEGMENT_NOT_FOUND"));
}

}  // namespace
}  // namespace regulars::campaign
