#include "cli/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "cli/session.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using regulars::testing::HasReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kBusy[] = R"(,{"@type":"x/google.rpc.RetryInfo","retryDelay":"0.001s"})";

class ClientTest : public ::testing::Test {
 protected:
  FakeServer server_;
  FakeTransport transport_{server_};
  FixedToken token_{"t"};
  std::vector<absl::Duration> waits_;
  std::vector<absl::Duration> told_;
  Client client_{kFakeServer, transport_, token_,
                 Waiting{.wait_for =
                             [this](absl::Duration time) {
                               waits_.push_back(time);
                               return absl::OkStatus();
                             },
                         .on_long_wait =
                             [this](absl::Duration time, const absl::Status& why) {
                               EXPECT_EQ(why.message(), "no");
                               told_.push_back(time);
                             }}};
};

TEST_F(ClientTest, SendsQueryTokenAndBody) {
  server_.Answer("POST /v1/x", R"({"a":1})");
  ASSERT_OK_AND_ASSIGN(const Json answer, client_.Post("/v1/x", {{"b", "ü"}}, {{"q", "a&b= ü"}}));
  EXPECT_EQ(Int(answer, "a"), 1);
  ASSERT_EQ(server_.seen.size(), 1u);
  EXPECT_EQ(server_.seen[0].query, "q=a%26b%3D%20%C3%BC");
  EXPECT_EQ(server_.seen[0].body, R"({"b":"ü"})");
  EXPECT_EQ(server_.seen[0].token, "t");
}

TEST_F(ClientTest, RepeatsWhatIsSafe) {
  server_.Break("GET /v1/x", kConnectionLost);
  server_.Refuse("GET /v1/x", 503, "DRAINING", "UNAVAILABLE");
  server_.Answer("GET /v1/x", "{}");
  EXPECT_OK(client_.Get("/v1/x"));
  EXPECT_EQ(server_.seen.size(), 3u);
}

TEST_F(ClientTest, RepeatsWritesOnlyWithARequestId) {
  server_.Break("POST /v1/x", kConnectionLost);
  server_.Answer("POST /v1/x", "{}");
  EXPECT_THAT(client_.Post("/v1/x", Json::object()), HasReason(kConnectionLost));
  EXPECT_EQ(server_.seen.size(), 1u);

  server_.Break("POST /v1/y", kSilent);
  server_.Answer("POST /v1/y", "{}");
  EXPECT_OK(client_.Post("/v1/y", {{"requestId", "1"}}));
  server_.Break("PATCH /v1/z", kSilent);
  server_.Answer("PATCH /v1/z", "{}");
  EXPECT_OK(client_.Patch("/v1/z", Json::object(), {{"requestId", "1"}}));
}

TEST_F(ClientTest, ComesBackToABusyServer) {
  // Refused means not done: even what has no request id is sent again.
  server_.Refuse("POST /v1/x", 429, "OVERLOADED", "RESOURCE_EXHAUSTED",
                 R"(,{"@type":"x/google.rpc.RetryInfo","retryDelay":"7.5s"})");
  server_.Answer("POST /v1/x", "{}");
  EXPECT_OK(client_.Post("/v1/x", Json::object()));
  EXPECT_EQ(server_.seen.size(), 2u);
  EXPECT_THAT(waits_, ElementsAre(absl::Seconds(7.5)));
  EXPECT_THAT(told_, ElementsAre(absl::Seconds(7.5)));
}

TEST_F(ClientTest, AShortWaitIsNotToldOf) {
  server_.Refuse("GET /v1/x", 429, "OVERLOADED", "RESOURCE_EXHAUSTED", kBusy);
  server_.Answer("GET /v1/x", "{}");
  EXPECT_OK(client_.Get("/v1/x"));
  EXPECT_EQ(waits_.size(), 1u);
  EXPECT_TRUE(told_.empty());
}

TEST_F(ClientTest, TooManyAttemptsAreToldAtOnce) {
  server_.Refuse("POST /v1/x", 429, "TOO_MANY_ATTEMPTS", "RESOURCE_EXHAUSTED",
                 R"(,{"@type":"x/google.rpc.RetryInfo","retryDelay":"15s"})");
  EXPECT_THAT(client_.Post("/v1/x", Json::object()), HasReason("TOO_MANY_ATTEMPTS"));
  EXPECT_EQ(server_.seen.size(), 1u);
  EXPECT_TRUE(waits_.empty());
}

TEST_F(ClientTest, GivesUp) {
  server_.Refuse("GET /v1/busy", 429, "OVERLOADED", "RESOURCE_EXHAUSTED", kBusy);
  EXPECT_THAT(client_.Get("/v1/busy"), HasReason("OVERLOADED"));
  EXPECT_EQ(server_.seen.size(), 6u);
  EXPECT_GT(waits_.back(), waits_.front());
  // A limit that no waiting lifts, and a pause that is too long.
  server_.seen.clear();
  server_.Refuse("GET /v1/full", 429, "TOO_MANY_SEGMENTS", "RESOURCE_EXHAUSTED");
  EXPECT_THAT(client_.Get("/v1/full"), HasReason("TOO_MANY_SEGMENTS"));
  server_.Refuse("GET /v1/later", 429, "OVERLOADED", "RESOURCE_EXHAUSTED",
                 R"(,{"@type":"x/google.rpc.RetryInfo","retryDelay":"900s"})");
  EXPECT_THAT(client_.Get("/v1/later"), HasReason("OVERLOADED"));
  server_.Break("GET /v1/away", kUnreachable);
  EXPECT_THAT(client_.Get("/v1/away"), HasReason(kUnreachable));
  EXPECT_EQ(server_.seen.size(), 3u);
}

TEST_F(ClientTest, AFixedTokenThatHasEndedIsTheServersError) {
  server_.Refuse("GET /v1/x", 401, "TOKEN_EXPIRED", "UNAUTHENTICATED");
  EXPECT_THAT(client_.Get("/v1/x"), HasReason("TOKEN_EXPIRED"));
  EXPECT_EQ(server_.seen.size(), 1u);
}

TEST_F(ClientTest, StreamsLineByLine) {
  server_.Answer("GET /v1/s", "{\"a\":1}\n\n{\"a\":2}\n{\"a\":3}\n");
  std::vector<int64_t> seen;
  EXPECT_OK(client_.Stream("/v1/s", {}, [&seen](const Json& message) {
    seen.push_back(Int(message, "a"));
    return seen.size() < 2;
  }));
  EXPECT_THAT(seen, ElementsAre(1, 2));
}

TEST_F(ClientTest, AStreamCanEndBadly) {
  server_.Answer("GET /v1/s",
                 "{\"a\":1}\n{\"error\":{\"code\":400,\"status\":\"OUT_OF_RANGE\",\"details\":"
                 "[{\"@type\":\"x/google.rpc.ErrorInfo\",\"reason\":\"POSITION_PRUNED\"}]}}\n");
  int seen = 0;
  EXPECT_THAT(client_.Stream("/v1/s", {}, [&seen](const Json&) { return ++seen > 0; }),
              HasReason("POSITION_PRUNED"));
  EXPECT_EQ(seen, 1);
}

TEST(NewRequestId, IsAUuid) {
  // RFC 9562: version 4, variant 10.
  const std::string id = NewRequestId();
  EXPECT_THAT(id,
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(id, NewRequestId());
}

class CredentialsTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> Token() {
    const Config config = *world_.config().Load();
    ConfigFile file = world_.config();
    FakeTransport transport(world_.server);
    ProfileCredentials credentials(file, "default", config.profiles.at("default"), transport,
                                   world_.clock, nullptr);
    return credentials.Token();
  }
  FakeWorld world_;
};

TEST_F(CredentialsTest, RenewsAndRemembers) {
  world_.SignIn();
  EXPECT_THAT(Token(), regulars::testing::IsOkAndHolds("token-1"));
  EXPECT_TRUE(world_.server.seen.empty());
  world_.clock.Advance(absl::Minutes(15));
  world_.server.Answer("POST /api/access/v1/session:refresh",
                       R"({"accessToken":"token-2","refreshToken":"refresh-2",
                           "expireTime":"2026-03-31T12:35:09Z"})");
  EXPECT_THAT(Token(), regulars::testing::IsOkAndHolds("token-2"));
  EXPECT_THAT(world_.server.seen[0].body, HasSubstr("refresh-1"));
  // The next process has it too, and refresh tokens are used once.
  EXPECT_THAT(Token(), regulars::testing::IsOkAndHolds("token-2"));
  EXPECT_EQ(world_.server.seen.size(), 1u);
}

TEST_F(CredentialsTest, TakesWhatAnotherProcessRenewed) {
  world_.SignIn();
  Profile stale = world_.config().Load()->profiles.at("default");
  Profile fresh = stale;
  fresh.access_token = "token-2";
  world_.Save(fresh);
  ConfigFile file = world_.config();
  FakeTransport transport(world_.server);
  ProfileCredentials credentials(file, "default", stale, transport, world_.clock, nullptr);
  EXPECT_THAT(credentials.Renew("token-1"), regulars::testing::IsOkAndHolds("token-2"));
  EXPECT_TRUE(world_.server.seen.empty());
}

TEST_F(CredentialsTest, RenewsAKey) {
  world_.Save({.server = kFakeServer, .client_id = "key", .client_secret = "s&e cret"});
  world_.server.Answer("POST /oauth/token", R"({"access_token":"t","expires_in":900})");
  EXPECT_THAT(Token(), regulars::testing::IsOkAndHolds("t"));
  EXPECT_EQ(world_.server.seen[0].body,
            "grant_type=client_credentials&client_id=key&client_secret=s%26e%20cret");
}

TEST_F(CredentialsTest, AnEndedSessionSaysSo) {
  world_.SignIn();
  world_.clock.Advance(absl::Hours(1));
  world_.server.Refuse("POST /api/access/v1/session:refresh", 401, "BAD_REFRESH_TOKEN",
                       "UNAUTHENTICATED");
  EXPECT_THAT(Token(), HasReason("BAD_REFRESH_TOKEN"));
}

}  // namespace
}  // namespace regulars::cli
