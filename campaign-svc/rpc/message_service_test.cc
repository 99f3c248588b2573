#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "campaign-svc/testing/campaign_server.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using Messages = CampaignServer::Messages;

// Ids that no customer can have.
std::vector<std::string> IdsOfNobody() {
  return {"nope!!", "NOPE", absl::AsciiStrToUpper(kMadeCustomer),
          std::string(kMadeCustomer).substr(1), "ann@example.com"};
}

// A name that is no customer's protects nobody.
TEST(SuppressionsTest, NameCustomersThatCanBe) {
  CampaignServer server;
  const auto suppress = [&](const std::string& customer) {
    v1::CreateSuppressionRequest request;
    request.mutable_suppression()->set_customer(customer);
    return server.Call(&Messages::CreateSuppression, request);
  };
  for (const std::string& id : IdsOfNobody()) {
    EXPECT_THAT(suppress(absl::StrCat("customers/", id)), HasReason("INVALID_NAME")) << id;
  }
  EXPECT_EQ(server.Count("suppression"), 0);
  const auto made = suppress(absl::StrCat("customers/", kMadeCustomer));
  ASSERT_OK(made);
  EXPECT_EQ(made->customer(), absl::StrCat("customers/", kMadeCustomer));
}

// Skipped later, the message would not tell any more whose it was.
TEST(SendMessageTest, NamesACustomerThatCanBe) {
  CampaignServer server;
  server.SetUpSender();
  ASSERT_OK(server.MakeTemplate("hello", kHello));
  v1::SendMessageRequest request;
  request.set_template_("templates/hello");
  EXPECT_THAT(server.Call(&Messages::SendMessage, request), HasReason("NAME_MISSING"));
  for (const std::string& id : IdsOfNobody()) {
    request.set_customer(absl::StrCat("customers/", id));
    EXPECT_THAT(server.Call(&Messages::SendMessage, request), HasReason("INVALID_NAME")) << id;
  }
  EXPECT_EQ(server.Count("message"), 0);
  // One that is not known: found out when it is to be sent.
  request.set_customer(absl::StrCat("customers/", kMadeCustomer));
  const auto sent = server.Call(&Messages::SendMessage, request);
  ASSERT_OK(sent);
  EXPECT_TRUE(server.WaitForState(sent->name(), v1::Message::STATE_SKIPPED));
}

TEST(ListMessagesTest, WhatCannotBeAskedForTogether) {
  CampaignServer server;
  ASSERT_OK(server.MakeTemplate("hello", kHello));
  ASSERT_OK(server.MakeCampaign("c",
                                "template: 'templates/hello' audience { segment: "
                                "'segments/best' }"));
  const struct {
    const char* request;
    const char* reason;
  } rows[] = {
      {"campaign: 'campaigns/c' customer: 'customers/ann'", "CAMPAIGN_AND_CUSTOMER"},
      {"state: STATE_SENT", "STATE_WITHOUT_CAMPAIGN"},
      {"customer: 'customers/ann' state: STATE_SENT", "STATE_WITHOUT_CAMPAIGN"},
      {"campaign: 'campaigns/c' state: 77", "INVALID_STATE"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(server.Call(&Messages::ListMessages, Parse<v1::ListMessagesRequest>(row.request)),
                HasReason(row.reason))
        << row.request;
  }
}

}  // namespace
}  // namespace regulars::campaign
