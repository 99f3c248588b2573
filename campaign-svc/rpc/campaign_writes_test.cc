#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign-svc/testing/campaign_server.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using Campaigns = CampaignServer::Campaigns;

constexpr char kPlanned[] = R"pb(
  template: "templates/hello"
  audience {
    segment: "segments/best"
    start_time { seconds: 4102444800 }
  })pb";
constexpr char kEntry[] = "template: 'templates/hello' entry { segment: 'segments/best' }";

class CampaignWritesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.SetUpSender();
    server_.customers().AddMembers("best", 1);
    ASSERT_OK(server_.MakeTemplate("hello", kHello));
    ASSERT_OK(server_.MakeTemplate("other", kHello));
  }

  absl::StatusOr<v1::Campaign> Update(const v1::Campaign& campaign,
                                      const std::vector<std::string>& paths = {}) {
    v1::UpdateCampaignRequest request;
    *request.mutable_campaign() = campaign;
    if (campaign.name().empty()) request.mutable_campaign()->set_name("campaigns/c");
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(&Campaigns::UpdateCampaign, request);
  }
  absl::StatusOr<v1::Campaign> Update(const std::string& text,
                                      const std::vector<std::string>& paths = {}) {
    return Update(Parse<v1::Campaign>(text), paths);
  }

  void Start(const std::string& name = "campaigns/c") {
    v1::StartCampaignRequest request;
    request.set_name(name);
    ASSERT_OK(server_.Call(&Campaigns::StartCampaign, request));
  }

  CampaignServer server_;
};

// A part of a field cannot be changed alone: its other parts would be lost.
TEST_F(CampaignWritesTest, MasksNameWholeFields) {
  ASSERT_OK(server_.MakeCampaign("c", kPlanned));
  for (const char* path : {"audience.segment", "audience.start_time", "display_name.x",
                           "description.x", "template.x", "nosuch", ""}) {
    EXPECT_THAT(Update("audience { segment: 'segments/other' }", {path}),
                HasReason("INVALID_UPDATE_MASK"))
        << path;
  }
  EXPECT_THAT(Update("entry { segment: 'segments/other' }", {"entry.segment"}),
              HasReason("INVALID_UPDATE_MASK"));
  EXPECT_EQ(server_.Get().audience().start_time().seconds(), 4102444800);
  EXPECT_EQ(server_.Get().audience().segment(), "segments/best");
}

TEST_F(CampaignWritesTest, TheTriggerThatIsSetIsNamed) {
  ASSERT_OK(server_.MakeCampaign("c", kPlanned));
  const char* audience = "audience { segment: 'segments/other' }";
  const char* entry = "entry { segment: 'segments/other' }";
  EXPECT_THAT(Update(audience, {"entry"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Update(entry, {"audience"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Update("", {"audience"}), HasReason("TRIGGER_MISSING"));
  EXPECT_EQ(server_.Get().audience().segment(), "segments/best");
  // What is not named is left aside.
  ASSERT_OK(Update(entry, {"description"}));
  EXPECT_TRUE(server_.Get().has_audience());
  ASSERT_OK(Update(entry, {"entry"}));
  EXPECT_TRUE(server_.Get().has_entry());
  ASSERT_OK(Update(audience, {"audience", "entry"}));
  EXPECT_TRUE(server_.Get().has_audience());
  ASSERT_OK(Update(kEntry, {"*"}));
  EXPECT_TRUE(server_.Get().has_entry());
}

TEST_F(CampaignWritesTest, StartedCampaignsCanBeReadChangedAndWritten) {
  for (const char* id : {"planned", "entry"}) {
    const std::string name = absl::StrCat("campaigns/", id);
    ASSERT_OK(server_.MakeCampaign(id, id == std::string("entry") ? kEntry : kPlanned));
    Start(name);
    v1::Campaign campaign = server_.Get(name);
    campaign.clear_etag();
    for (const std::string path : {"", "*"}) {
      campaign.set_description("changed by " + path);
      std::vector<std::string> paths;
      if (!path.empty()) paths.push_back(path);
      const auto changed = Update(campaign, paths);
      ASSERT_OK(changed) << id;
      EXPECT_EQ(changed->description(), campaign.description());
    }
    for (const char* other :
         {"template: 'templates/other'", "audience { segment: 'segments/other' }",
          "audience { segment: 'segments/best' }", "entry { segment: 'segments/other' }"}) {
      v1::Campaign changed = Parse<v1::Campaign>(other);
      changed.set_name(name);
      EXPECT_THAT(Update(changed), HasReason("CAMPAIGN_STARTED")) << id << other;
    }
  }
}

// Of one whose template has gone, too.
TEST_F(CampaignWritesTest, EndedCampaignsCanBeReadChangedAndWritten) {
  ASSERT_OK(server_.MakeCampaign("c", kEntry));
  Start();
  v1::CancelCampaignRequest cancel;
  cancel.set_name("campaigns/c");
  ASSERT_OK(server_.Call(&Campaigns::CancelCampaign, cancel));
  v1::DeleteTemplateRequest take;
  take.set_name("templates/hello");
  ASSERT_OK(server_.Call(&CampaignServer::Templates::DeleteTemplate, take));
  v1::Campaign campaign = server_.Get();
  EXPECT_EQ(campaign.template_(), "");
  campaign.clear_etag();
  campaign.set_description("of spring");
  EXPECT_OK(Update(campaign));
  EXPECT_OK(Update(campaign, {"*"}));
  EXPECT_EQ(server_.Get().description(), "of spring");
  EXPECT_THAT(Update("template: 'templates/other'"), HasReason("CAMPAIGN_STARTED"));
}

TEST_F(CampaignWritesTest, WhatChangesNothingLeavesNoMark) {
  const auto made = server_.MakeCampaign("c", kPlanned);
  ASSERT_OK(made);
  server_.server().clock().Advance(absl::Hours(1));
  for (const auto& same : {Update(""), Update(*made), Update(*made, {"*"}),
                           Update("display_name: 'c'"), Update("", {"description"})}) {
    ASSERT_OK(same);
    EXPECT_EQ(same->SerializeAsString(), made->SerializeAsString());
  }
  EXPECT_EQ(server_.Get().etag(), made->etag());
  const auto changed = Update("display_name: 'Spring'");
  ASSERT_OK(changed);
  EXPECT_NE(changed->etag(), made->etag());
  EXPECT_GT(changed->update_time().seconds(), made->update_time().seconds());
}

}  // namespace
}  // namespace regulars::campaign
