// The commands of feeds against a server that answers as it was told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Call(const char* method, const std::string& path) {
  return absl::StrCat(method, " /api/customer/v1/", path);
}

class FeedTest : public ::testing::Test {
 protected:
  FeedTest() { world_.SignIn(); }

  FakeWorld world_;
  FakeServer& server_ = world_.server;
};

TEST_F(FeedTest, TailsTheFeed) {
  server_.Answer(Call("GET", "feed"), R"({"epoch":"e1"})");
  server_.Answer(Call("GET", "feed:subscribe"),
                 R"({"events":[{"position":"6","type":"regulars.customer.customer_created.v1",)"
                 R"("subject":"customers/1","time":"2026-03-31T12:05:09Z",)"
                 R"("data":{"@type":"t/x","customer":"customers/1"}}],"epoch":"e1","position":"6"})"
                 "\n");
  EXPECT_EQ(world_.Run({"feed", "tail", "--after", "5", "--stop", "--type", "a.*", "--utc"}), kOk);
  EXPECT_EQ(world_.out(),
            "6  2026-03-31 12:05:09 UTC  customer.customer_created.v1  customers/1  "
            "{\"customer\":\"customers/1\"}\n");
  EXPECT_EQ(server_.seen.back().query, "after=5&epoch=e1&types=a.%2A&stopAtHead=true");
}

TEST_F(FeedTest, TheGatewayHasNone) {
  for (const char* command : {"tail", "state"}) {
    EXPECT_EQ(world_.Run({"feed", command, "--service", "access"}), kUsage);
    EXPECT_THAT(world_.err(), HasSubstr("--service"));
  }
  EXPECT_TRUE(server_.seen.empty());
}

TEST_F(FeedTest, ATailFromTheStartBeginsWithWhatIsLeft) {
  server_.Answer(Call("GET", "feed"), R"({"epoch":"e2","headPosition":"5000",)"
                                      R"("prunedPosition":"1200"})");
  // More is pruned between the question and the call.
  server_.Answer(Call("GET", "feed"), R"({"epoch":"e2","headPosition":"5000",)"
                                      R"("prunedPosition":"1300"})");
  server_.Refuse(Call("GET", "feed:subscribe"), 400, "POSITION_PRUNED", "OUT_OF_RANGE");
  server_.Answer(Call("GET", "feed:subscribe"), R"({"events":[],"epoch":"e2","position":"5000"})"
                                                "\n");
  EXPECT_EQ(world_.Run({"feed", "tail", "--from-start", "--stop"}), kOk);
  ASSERT_EQ(server_.seen.size(), 4u);
  EXPECT_EQ(server_.seen[1].query, "epoch=e2&after=1200&stopAtHead=true");
  EXPECT_EQ(server_.seen[3].query, "epoch=e2&after=1300&stopAtHead=true");
  EXPECT_THAT(world_.err(), HasSubstr("the first 1,300 events are gone"));
  EXPECT_EQ(world_.out(), "");
}

TEST_F(FeedTest, ATailFromTheStartGivesUpOnAFeedThatIsAlwaysPruned) {
  server_.Answer(Call("GET", "feed"), R"({"epoch":"e2","prunedPosition":"1200"})");
  server_.Refuse(Call("GET", "feed:subscribe"), 400, "POSITION_PRUNED", "OUT_OF_RANGE");
  EXPECT_EQ(world_.Run({"feed", "tail", "--from-start"}), kRefused);
  EXPECT_EQ(server_.seen.size(), 6u);
}

TEST_F(FeedTest, ATailGoesOnWhereItBroke) {
  server_.Answer(Call("GET", "feed"), R"({"epoch":"e1","prunedPosition":"0"})");
  server_.Answer(Call("GET", "feed:subscribe"),
                 R"({"events":[],"epoch":"e1","position":"6"})"
                 "\n{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}\n");
  server_.Answer(Call("GET", "feed:subscribe"), R"({"events":[],"epoch":"e1","position":"8"})"
                                                "\n");
  EXPECT_EQ(world_.Run({"feed", "tail", "--from-start", "--stop"}), kOk);
  ASSERT_EQ(server_.seen.size(), 3u);
  EXPECT_EQ(server_.seen[1].query, "epoch=e1&after=0&stopAtHead=true");
  EXPECT_EQ(server_.seen[2].query, "epoch=e1&after=6&stopAtHead=true");
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("going on after 6"), Not(HasSubstr("gone"))));
}

TEST_F(FeedTest, ATailGoesOnWhenItsTokenHasEnded) {
  constexpr char kEnd[] =
      "\n{\"error\":{\"code\":401,\"status\":\"UNAUTHENTICATED\",\"details\":[{\"@type\":"
      "\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"TOKEN_EXPIRED\"}]}}\n";
  server_.Answer(Call("GET", "feed:subscribe"),
                 absl::StrCat(R"({"events":[],"epoch":"e1","position":"6"})", kEnd));
  server_.Answer(Call("GET", "feed:subscribe"), R"({"events":[],"epoch":"e1","position":"8"})"
                                                "\n");
  EXPECT_EQ(world_.Run({"feed", "tail", "--stop"}), kOk);
  ASSERT_EQ(server_.seen.size(), 2u);
  EXPECT_EQ(server_.seen[1].query, "epoch=e1&after=6&stopAtHead=true");
  EXPECT_EQ(world_.err(), "");
}

TEST_F(FeedTest, WhatAServiceFollowsIsShownAndMended) {
  constexpr char kFollowers[] = "/api/loyalty/v1/admin/followers";
  server_.Answer(absl::StrCat("GET ", kFollowers),
                 R"({"followers":[{"name":"followers/customer","state":"STATE_FOLLOWING",)"
                 R"("connected":true,"position":"40","lag":"2","parkedCount":"1"}]})");
  EXPECT_EQ(world_.Run({"feed", "status", "--service", "loyalty"}), kOk);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("customer"), HasSubstr("following"), HasSubstr("40")));
  server_.Answer(absl::StrCat("GET ", kFollowers, "/customer/parkedEvents"),
                 R"({"parkedEvents":[{"name":"followers/customer/parkedEvents/17",)"
                 R"("state":"STATE_FAILED","attempts":1,"event":{"subject":"customers/1"},)"
                 R"("error":{"message":"no such member"}}]})");
  EXPECT_EQ(world_.Run({"feed", "parked", "customer", "--service", "loyalty"}), kOk);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("17"), HasSubstr("no such member")));
  server_.Answer(absl::StrCat("POST ", kFollowers, "/customer:retryParkedEvents"),
                 R"({"eventCount":"1"})");
  EXPECT_EQ(
      world_.Run({"feed", "retry", "customer", "--service", "loyalty", "--subject", "customers/1"}),
      kOk);
  EXPECT_THAT(server_.seen.back().body, HasSubstr(R"("subject":"customers/1")"));
  EXPECT_THAT(world_.out(), HasSubstr("1 events will be tried again"));
  server_.Answer(absl::StrCat("POST ", kFollowers, "/customer/parkedEvents/17:skip"),
                 R"({"name":"followers/customer/parkedEvents/17"})");
  EXPECT_EQ(world_.Run({"feed", "skip", "customer", "17", "--service", "loyalty", "--yes"}), kOk);
}

}  // namespace
}  // namespace regulars::cli
