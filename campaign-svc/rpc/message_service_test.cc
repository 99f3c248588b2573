#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "campaign-svc/testing/campaign_server.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using Messages = CampaignServer::Messages;

// A name that is no customer's protects nobody.
TEST(SuppressionsTest, NameCustomersThatCanBe) {
  CampaignServer server;
  const auto suppress = [&](const std::string& customer) {
    v1::CreateSuppressionRequest request;
    request.mutable_suppression()->set_customer(customer);
    return server.Call(&Messages::CreateSuppression, request);
  };
  for (const std::string& id :
       {std::string("NOPE"), absl::AsciiStrToUpper(kMadeCustomer),
        std::string(kMadeCustomer).substr(1), std::string("ann@example.com")}) {
    EXPECT_THAT(suppress(absl::StrCat("customers/", id)), HasReason("INVALID_NAME")) << id;
  }
  EXPECT_EQ(server.Count("suppression"), 0);
  const auto made = suppress(absl::StrCat("customers/", kMadeCustomer));
  ASSERT_OK(made);
  EXPECT_EQ(made->customer(), absl::StrCat("customers/", kMadeCustomer));
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
