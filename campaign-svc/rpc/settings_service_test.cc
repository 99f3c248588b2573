#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign-svc/testing/campaign_server.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;

class SettingsServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::CampaignSettings> Update(const std::string& text,
                                              const std::vector<std::string>& paths = {}) {
    v1::UpdateCampaignSettingsRequest request;
    *request.mutable_settings() = Parse<v1::CampaignSettings>(text);
    request.mutable_settings()->set_name("settings");
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(&CampaignServer::Settings::UpdateCampaignSettings, request);
  }

  CampaignServer server_;
};

TEST_F(SettingsServiceTest, MasksNameFieldsOrTheGroup) {
  server_.SetUpSender();
  const auto named = Update("email { from_name: 'Shop' reply_to: 'x' }", {"email.from_name"});
  ASSERT_OK(named);
  EXPECT_EQ(named->email().from_name(), "Shop");
  EXPECT_EQ(named->email().reply_to(), "");
  const auto grouped = Update("email { from_address: 'a@shop.example' }", {"email"});
  ASSERT_OK(grouped);
  EXPECT_EQ(grouped->email().from_address(), "a@shop.example");
  EXPECT_EQ(grouped->email().from_name(), "");
  EXPECT_EQ(grouped->company_name(), "Shop & Co");
  for (const char* path : {"company_name.x", "email.from_name.x", "email.nosuch", "e", "emai"}) {
    EXPECT_THAT(Update("company_name: 'Else'", {path}), HasReason("INVALID_UPDATE_MASK")) << path;
  }
}

TEST_F(SettingsServiceTest, WhatChangesNothingLeavesNoMark) {
  const auto unset = Update("");
  ASSERT_OK(unset);
  EXPECT_FALSE(unset->has_update_time());
  const auto set = Update("company_name: 'Shop'");
  ASSERT_OK(set);
  EXPECT_NE(set->etag(), unset->etag());
  server_.server().clock().Advance(absl::Hours(1));
  const auto same = Update("company_name: 'Shop'");
  ASSERT_OK(same);
  EXPECT_EQ(same->SerializeAsString(), set->SerializeAsString());
}

}  // namespace
}  // namespace regulars::campaign
