// What tests of sending begin with: a marketing template "hello", and a transactional one, "order".
//
//   using PausedTest = SendingFixture;
//   TEST_F(PausedTest, …) { ASSERT_OK(Send("ann")); … }
#ifndef CAMPAIGN_SVC_TESTING_SENDING_FIXTURE_H_
#define CAMPAIGN_SVC_TESTING_SENDING_FIXTURE_H_

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "campaign-svc/testing/campaign_server.h"

namespace regulars::campaign {

class SendingFixture : public ::testing::Test {
 protected:
  explicit SendingFixture(const std::function<void(SenderOptions&)>& adjust = nullptr)
      : server_(adjust) {}

  void SetUp() override {
    server_.SetUpSender();
    ASSERT_OK(server_.MakeTemplate("hello", kHello));
    ASSERT_OK(server_.MakeTemplate("order", R"pb(
      purpose: PURPOSE_TRANSACTIONAL
      content {
        subject: "Order {{number}}"
        text: "Thanks for {{number}}"
        variables { name: "number" }
      })pb"));
  }

  absl::StatusOr<v1::Message> Send(const std::string& customer, const std::string& key = "",
                                   const std::string& number = "17") {
    v1::SendMessageRequest request;
    request.set_template_("templates/order");
    request.set_customer(absl::StrCat("customers/", customer));
    request.set_key(key);
    if (!number.empty()) {
      (*request.mutable_variables()->mutable_fields())["number"].set_string_value(number);
    }
    return server_.Call(&CampaignServer::Messages::SendMessage, request);
  }

  template <typename Request>
  absl::StatusOr<v1::Campaign> Act(grpc::Status (CampaignServer::Campaigns::*method)(
      grpc::ClientContext*, const Request&, v1::Campaign*)) {
    Request request;
    request.set_name("campaigns/c");
    return server_.Call(method, request);
  }

  bool WaitFinished() {
    return server_.WaitFor([&] { return server_.Get().state() == v1::Campaign::STATE_FINISHED; });
  }

  // Nothing is claimed or on its way to the mail server: what the server says next is heard by what
  // is sent next, and no earlier attempt ends after the clock was moved.
  bool WaitNothingUnderWay() {
    return server_.WaitFor([&] { return server_.Count("message WHERE state IN (2, 3)") == 0; });
  }

  CampaignServer server_;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_TESTING_SENDING_FIXTURE_H_
