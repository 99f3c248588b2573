// What the HTTP door answers, to those who mean well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/http/gzip.h"
#include "gateway/http/http_fixture.h"

namespace regulars::gateway {
namespace {

using ::testing::HasSubstr;

TEST_F(HttpTest, AnswersACall) {
  Publish(3);
  Client client(port());
  for (int i = 0; i < 3; ++i) {
    const Response response = client.Call("GET", "/api/test/v1/feed");
    EXPECT_EQ(response.result_int(), 200);
    EXPECT_EQ(response["Content-Type"], "application/json");
    EXPECT_EQ(response["X-Content-Type-Options"], "nosniff");
    EXPECT_EQ(response["Cache-Control"], "no-store");
    EXPECT_THAT(response.body(), HasSubstr("\"headPosition\":\"3\""));
  }
}

TEST_F(HttpTest, ErrorsHaveGooglesForm) {
  Client client(port());
  const Response denied =
      client.Call("GET", "/api/test/v1/feed", "", {{"Authorization", "Bearer users/a other.read"}});
  EXPECT_EQ(denied.result_int(), 403);
  EXPECT_THAT(denied.body(), HasSubstr("\"status\":\"PERMISSION_DENIED\""));
  EXPECT_THAT(denied.body(), HasSubstr("SCOPE_MISSING"));
  EXPECT_EQ(denied["WWW-Authenticate"],
            "Bearer realm=\"regulars\", error=\"insufficient_scope\", scope=\"test.read\"");
  const Response anonymous = client.Call("GET", "/api/test/v1/feed", "", {{"Authorization", ""}});
  EXPECT_EQ(anonymous.result_int(), 401);
  EXPECT_EQ(anonymous["WWW-Authenticate"], "Bearer realm=\"regulars\"");
  const std::map<std::string, std::string> forged = {{"Authorization", "Bearer forged"}};
  for (const Response& response : {client.Call("GET", "/api/test/v1/feed", "", forged),
                                   client.Call("POST", kCreate, "{}", forged)}) {
    EXPECT_EQ(response.result_int(), 401) << "said by the service, and by the door";
    EXPECT_EQ(response["WWW-Authenticate"], "Bearer realm=\"regulars\", error=\"invalid_token\"");
  }
  EXPECT_EQ(client.Call("GET", "/api/test/v1/nothing").result_int(), 404);
  const Response wrong = client.Call("POST", "/api/test/v1/feed", "{}");
  EXPECT_EQ(wrong.result_int(), 405);
  EXPECT_THAT(std::string(wrong["Allow"]), HasSubstr("GET"));
  EXPECT_EQ(client.Call("GET", "/api/test/v1/feed?unknown=1").result_int(), 400);
  EXPECT_EQ(client.Call("GET", "/api/test/v1/feed%zz").result_int(), 400);
}

TEST_F(HttpTest, StreamsLinesAndEvents) {
  Publish(5);
  Client client(port());
  const Response lines = client.Call("GET", "/api/test/v1/feed:subscribe?stopAtHead=true");
  EXPECT_EQ(lines.result_int(), 200);
  EXPECT_EQ(lines["Content-Type"], "application/x-ndjson");
  EXPECT_THAT(lines.body(), HasSubstr("\"position\":\"5\""));
  EXPECT_EQ(lines.body().back(), '\n');
  const Response events = client.Call("GET", "/api/test/v1/feed:subscribe?stop_at_head=true", "",
                                      {{"Accept", "text/event-stream"}});
  EXPECT_EQ(events["Content-Type"], "text/event-stream");
  EXPECT_THAT(events.body(), HasSubstr("data: {"));
  const Response range = client.Call("GET", "/api/test/v1/feed:subscribe?epoch=x&after=7");
  EXPECT_EQ(range.result_int(), 400) << "an error before the first message is an ordinary answer";
  EXPECT_THAT(range.body(), HasSubstr("EPOCH_UNKNOWN"));
}

TEST_F(HttpTest, AStreamTellsOfNewEventsAsTheyCome) {
  Client client(port());
  client.SendRaw(
      "GET /api/test/v1/feed:subscribe HTTP/1.1\r\nHost: x\r\n"
      "Authorization: Bearer users/a test.read\r\n\r\n");
  std::string seen;
  char piece[4096];
  const auto read_until = [&](const std::string& text) {
    while (seen.find(text) == std::string::npos) {
      seen.append(piece, client.socket().read_some(asio::buffer(piece)));
    }
  };
  read_until("\"position\"");
  Publish(1);
  read_until("\"subject\":\"boxes/1\"");
}

TEST_F(HttpTest, BadRequestsGetAnAnswerAndNoCrash) {
  const std::string create = absl::StrCat("POST ", kCreate,
                                          " HTTP/1.1\r\nHost: x\r\n"
                                          "Authorization: Bearer users/a test.read\r\n");
  const struct {
    const char* name;
    std::string bytes;
    int status;  // 0: closed without an answer.
  } cases[] = {
      {"not HTTP", "hello\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"a later version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400},
      {"no such version", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400},
      {"a megabyte of headers", "GET / HTTP/1.1\r\nX: " + std::string(1 << 20, 'x') + "\r\n\r\n",
       431},
      {"two content lengths",
       "POST /api/test/v1/feed HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
       "Content-Length: 2\r\n\r\nxx",
       400},
      {"a negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"a body too large", create + "Content-Length: 9999999\r\n\r\n", 413},
      {"a bad chunk", create + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"a control character in a header",
       std::string("GET / HTTP/1.1\r\nX: a") + '\0' + "b\r\n\r\n", 400},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Client client(port());
    client.SendRaw(c.bytes);
    EXPECT_EQ(client.Read().result_int(), static_cast<unsigned>(c.status));
  }
  Client client(port());
  EXPECT_EQ(client.Call("GET", "/api/test/v1/feed").result_int(), 200) << "and goes on";
}

TEST_F(HttpTest, CompressesWhenAskedAndUnpacksWithinLimits) {
  Client client(port());
  const Response packed = client.Call("GET", "/long", "", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed["Content-Encoding"], "gzip");
  EXPECT_LT(packed.body().size(), 200u);
  ASSERT_OK_AND_ASSIGN(const std::string plain, Gunzip(packed.body(), 1 << 20));
  EXPECT_EQ(plain, std::string(5000, 'x'));
  EXPECT_EQ(client.Call("GET", "/long").body(), plain);
  const Response bomb = client.Call("POST", kCreate, Gzip(std::string(50 << 20, ' ')),
                                    {{"Content-Encoding", "gzip"}});
  EXPECT_EQ(bomb.result_int(), 413);
  for (const char* encoding : {"gzip", "x-gzip"}) {
    EXPECT_EQ(Client(port())
                  .Call("POST", kCreate, Gzip("{") + Gzip("}"), {{"Content-Encoding", encoding}})
                  .result_int(),
              kNotThere);
  }
  Client other(port());
  EXPECT_EQ(other.Call("POST", kCreate, "{}", {{"Content-Encoding", "identity"}}).result_int(),
            kNotThere);
  EXPECT_EQ(other.Call("POST", kCreate, "x", {{"Content-Encoding", "br"}}).result_int(), 415);
}

TEST_F(HttpTest, CorsIsForTheOriginsThatAreAllowed) {
  Client client(port());
  const Response preflight =
      client.Call("OPTIONS", "/api/test/v1/feed", "", {{"Origin", "https://shop.example"}});
  EXPECT_EQ(preflight.result_int(), 204);
  EXPECT_EQ(preflight["Access-Control-Allow-Origin"], "https://shop.example");
  EXPECT_THAT(std::string(preflight["Access-Control-Allow-Methods"]), HasSubstr("GET"));
  EXPECT_EQ(preflight["Access-Control-Allow-Headers"],
            "Authorization, Content-Encoding, Content-Type, Regulars-After, Traceparent");
  const Response other =
      client.Call("GET", "/api/test/v1/feed", "", {{"Origin", "https://evil.example"}});
  EXPECT_EQ(other["Access-Control-Allow-Origin"], "");
  // A page must be able to read why its request was refused.
  const Response large =
      client.Call("GET", "/hello", "",
                  {{"Origin", "https://shop.example"}, {"X-Large", std::string(20'000, 'x')}});
  ExpectError(large, 431, "HEADERS_TOO_LARGE");
  EXPECT_EQ(large["Access-Control-Allow-Origin"], "https://shop.example");
}

TEST_F(HttpTest, TheServerAsAWholeIsThere) {
  Client client(port());
  const Response response = client.Call("OPTIONS", "*");
  EXPECT_EQ(response.result_int(), 204);
  EXPECT_EQ(response.body(), "");
  EXPECT_EQ(client.Call("GET", "/hello").body(), "hello");
}

TEST_F(HttpTest, AHandlerThatThrowsRefusesItsRequest) {
  Client client(port());
  EXPECT_EQ(client.Call("GET", "/throwing").result_int(), 500);
  EXPECT_EQ(client.Call("GET", "/keys").body(), "handled");
}

TEST_F(HttpTest, AnswersSayWhatTheyDependOn) {
  const struct {
    const char* path;
    std::map<std::string, std::string> headers;
    std::vector<std::string> vary;
  } rows[] = {
      {"/hello", {}, {"Origin"}},
      {"/hello", {{"Origin", "https://shop.example"}}, {"Origin"}},
      {"/hello", {{"Origin", "https://evil.example"}}, {"Origin"}},
      {"/long", {}, {"Origin", "Accept-Encoding"}},
      {"/long", {{"Accept-Encoding", "gzip"}}, {"Origin", "Accept-Encoding"}},
  };
  Client client(port());
  for (const auto& row : rows) {
    const Response response = client.Call("GET", row.path, "", row.headers);
    std::vector<std::string> vary;
    for (const auto& field : response) {
      if (field.name() == http::field::vary) vary.emplace_back(field.value());
    }
    EXPECT_EQ(vary, row.vary) << row.path;
  }
}

// Browsers ask before they fetch a token, too.
TEST_F(HttpTest, CorsIsForHandlersToo) {
  Client client(port());
  const Response preflight =
      client.Call("OPTIONS", "/token", "", {{"Origin", "https://shop.example"}});
  EXPECT_EQ(preflight.result_int(), 204);
  EXPECT_EQ(preflight["Allow"], "POST");
  EXPECT_EQ(preflight["Access-Control-Allow-Origin"], "https://shop.example");
  EXPECT_EQ(preflight["Access-Control-Allow-Methods"], "POST");
  const Response none = client.Call("OPTIONS", "/none", "", {{"Origin", "https://shop.example"}});
  EXPECT_EQ(none.result_int(), 404);
}

TEST_F(HttpTest, TheSchemeOfATokenMayBeInLowerCase) {
  Client client(port());
  for (const char* scheme : {"bearer", "BEARER", "bEaReR"}) {
    SCOPED_TRACE(scheme);
    const std::string header = absl::StrCat(scheme, " users/a test.read");
    EXPECT_EQ(client.Call("GET", "/api/test/v1/feed", "", {{"Authorization", header}}).result_int(),
              200);
    EXPECT_EQ(client.Call("POST", kCreate, "{}", {{"Authorization", header}}).result_int(),
              kNotThere);
  }
}

TEST_F(HttpTest, AMovedPageSaysWhere) {
  Client client(port());
  const Response moved = client.Call("GET", "/old");
  EXPECT_EQ(moved.result_int(), 302);
  EXPECT_EQ(moved["Location"], "/hello");
}

class RateTest : public HttpTest {
 protected:
  static constexpr int kBurst = 20;

  explicit RateTest(int trusted_proxies = 0)
      : HttpTest([trusted_proxies](HttpOptions& options) {
          options.rate_per_second = 0.001;
          options.rate_burst = kBurst;
          options.trusted_proxies = trusted_proxies;
        }) {}
};

class ProxiedRateTest : public RateTest {
 protected:
  ProxiedRateTest() : RateTest(1) {}
};

TEST_F(RateTest, TooManyRequestsAreToldWhenToComeBack) {
  const std::map<std::string, std::string> other_token = {
      {"Authorization", "Bearer users/b test.read"}};
  Client other(port());
  EXPECT_EQ(other.Call("GET", "/api/test/v1/feed", "", other_token).result_int(), 200);
  Client client(port());
  int limited = 0;
  for (int i = 0; i < 2 * kBurst; ++i) {
    const Response response = client.Call("GET", "/api/test/v1/feed");
    if (response.result_int() != 429) continue;
    ++limited;
    EXPECT_NE(response["Retry-After"], "");
    EXPECT_THAT(response.body(), HasSubstr("RATE_LIMITED"));
  }
  EXPECT_EQ(limited, kBurst);
  EXPECT_EQ(other.Call("GET", "/api/test/v1/feed", "", other_token).result_int(), 200)
      << "callers do not share";
}

TEST_F(RateTest, InventedTokensShareTheRateOfTheirAddress) {
  Client client(port());
  int limited = 0;
  for (int i = 0; i < 2 * kBurst; ++i) {
    const Response response = client.Call("GET", "/api/test/v1/feed", "",
                                          {{"Authorization", absl::StrCat("Bearer invented", i)}});
    if (response.result_int() == 429) ++limited;
  }
  EXPECT_EQ(limited, kBurst);
}

TEST_F(RateTest, ACallerHasOneRate) {
  const struct {
    const char* name;
    std::vector<std::string> headers;
  } rows[] = {
      {"however the scheme is spelt",
       {"bearer users/u test.read", "BEARER users/u test.read", "bEaReR users/u test.read"}},
      {"whichever token it is",
       {"Bearer keys/k test.read", "Bearer keys/k test.read,a.b", "Bearer keys/k test.read,c.d"}},
  };
  Client client(port());
  for (const auto& row : rows) {
    int answered = 0;
    for (int i = 0; i < 3 * kBurst; ++i) {
      const Response response =
          client.Call("GET", "/api/test/v1/feed", "", {{"Authorization", row.headers[i % 3]}});
      if (response.result_int() == 200) ++answered;
    }
    EXPECT_EQ(answered, kBurst) << row.name;
  }
}

TEST_F(ProxiedRateTest, AnIpv6SiteHasOneRate) {
  Client client(port());
  int answered = 0;
  for (int i = 0; i < 3 * kBurst; ++i) {
    const std::string address = absl::StrCat("2001:db8::", i);
    const Response response =
        client.Call("GET", "/hello", "", {{"Authorization", ""}, {"X-Forwarded-For", address}});
    if (response.result_int() == 200) ++answered;
  }
  EXPECT_EQ(answered, kBurst);
  EXPECT_EQ(client.Call("GET", "/hello", "", {{"X-Forwarded-For", "2001:db8:0:1::1"}}).result_int(),
            200);
}

TEST_F(HttpTest, PagesHealthAndHead) {
  Client client(port());
  EXPECT_EQ(client.Call("GET", "/hello").body(), "hello");
  const Response health = client.Call("GET", "/healthz");
  EXPECT_EQ(health.result_int(), 200);
  EXPECT_THAT(health.body(), HasSubstr("\"test\":\"ok\""));
}

TEST_F(HttpTest, PipelinedRequestsAreAnsweredInOrder) {
  Client client(port());
  client.SendRaw(
      "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.Read().result_int(), 200);
  EXPECT_EQ(client.Read().result_int(), 404);
  EXPECT_EQ(client.Read().result_int(), 200);
  EXPECT_EQ(client.Read().result_int(), 0);
}

TEST_F(HttpTest, ThousandsOfIdleConnectionsDoNotDisturb) {
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 1000; ++i) idle.push_back(std::make_unique<Client>(port()));
  Client client(port());
  EXPECT_EQ(client.Call("GET", "/api/test/v1/feed").result_int(), 200);
}

}  // namespace
}  // namespace regulars::gateway
