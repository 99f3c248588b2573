// What marketers see of a campaign and of a preview.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CampaignGetTest, SaysWhenItWillStart) {
  FakeWorld world;
  world.SignIn();
  world.server.Answer("GET /api/campaign/v1/campaigns/spring",
                      R"({"name": "campaigns/spring", "state": "STATE_SCHEDULED", "audience":
                          {"segment": "segments/best", "startTime": "2026-04-01T09:00:00Z"}})");
  EXPECT_EQ(world.Run({"campaign", "get", "spring", "--utc"}), kOk);
  EXPECT_THAT(world.out(), HasSubstr("2026-04-01 09:00:00 UTC"));
}

TEST(TemplatePreviewTest, SaysWhoCouldNotBeAsked) {
  FakeWorld world;
  world.SignIn();
  const std::string call = "POST /api/campaign/v1/templates:preview";
  world.server.Answer(call, R"({"subject": "s", "text": "0 points", "unavailable": ["loyalty"]})");
  world.server.Answer(call, R"({"subject": "s", "text": "7 points"})");
  EXPECT_EQ(world.Run({"template", "preview", "hello"}), kOk);
  EXPECT_THAT(world.err(), AllOf(HasSubstr("loyalty"), HasSubstr("fallback")));
  EXPECT_EQ(world.Run({"template", "preview", "hello"}), kOk);
  EXPECT_THAT(world.err(), Not(HasSubstr("fallback")));
}

}  // namespace
}  // namespace regulars::cli
