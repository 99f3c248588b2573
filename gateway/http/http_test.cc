// The HTTP door in front of a real gRPC service (the chassis's feed), spoken to over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <fstream>
#include <sstream>
#include <thread>

#include "chassis/feed/feed_service.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "gateway/http/gzip.h"
#include "gateway/http/server.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ::regulars::testing::TestServer;
using ::testing::HasSubstr;
using ::testing::Not;

using Response = http::response<http::string_body>;

std::string DescriptorSet() {
  std::ostringstream bytes;
  bytes << std::ifstream(REGULARS_PROTOSET, std::ios::binary).rdbuf();
  return bytes.str();
}

// One connection of a client.
class Client {
 public:
  explicit Client(int port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port)});
  }

  void SendRaw(const std::string& bytes) {
    beast::error_code ignored;
    asio::write(socket_, asio::buffer(bytes), ignored);
  }

  // Reads one answer; status 0 when the connection was closed without any.
  Response Read() {
    http::response_parser<http::string_body> parser;
    parser.body_limit(64 << 20);
    beast::error_code error;
    http::read(socket_, buffer_, parser, error);
    if (error) return Response(static_cast<http::status>(0), 11);
    return parser.release();
  }

  Response Call(const std::string& method, const std::string& target, const std::string& body = "",
                const std::map<std::string, std::string>& headers = {}) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: x\r\n";
    if (!headers.contains("Authorization")) text += "Authorization: Bearer users/a test.read\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    SendRaw(text + "\r\n" + body);
    return Read();
  }

  asio::ip::tcp::socket& socket() { return socket_; }

 private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_;
  beast::flat_buffer buffer_;
};

class HttpTest : public ::testing::Test {
 protected:
  HttpTest() {
    auto descriptors = Descriptors::Parse(DescriptorSet());
    CHECK(descriptors.ok());  // The build made it.
    descriptors_ = *std::move(descriptors);
    auto table = MethodTable::Build(*descriptors_,
                                    {.packages = {{"regulars.feed.v1", "test", "/api/test"}}});
    if (!table.ok()) std::fprintf(stderr, "%s\n", table.status().ToString().c_str());
    CHECK(table.ok());
    std::map<std::string, std::unique_ptr<Upstream>> upstreams;
    upstreams["test"] = std::make_unique<Upstream>("test", upstream_.channel());
    HttpOptions options;
    options.listen = "127.0.0.1:0";
    options.max_body_bytes = 100'000;
    options.header_timeout = absl::Milliseconds(400);
    options.idle_timeout = absl::Seconds(5);
    options.rate_per_second = 1000;
    options.rate_burst = 60;
    options.cors_origins = {"https://shop.example"};
    door_ = std::make_unique<Door>(options, *std::move(table), std::move(upstreams), metrics_);
    door_->AddPage("/hello", {.content_type = "text/plain", .body = "hello"});
    door_->AddPage("/long", {.content_type = "text/plain", .body = std::string(5000, 'x')});
    auto server = HttpServer::Start(*door_);
    CHECK(server.ok());  // A free port is always to be had.
    server_ = *std::move(server);
  }

  void Publish(int events) {
    EXPECT_OK(upstream_.store().Write([&](Transaction& tx) {
      for (int i = 0; i < events; ++i) tx.Publish({.type = "t", .subject = "boxes/1"});
      return absl::OkStatus();
    }));
  }

  int port() const { return server_->port(); }

  TestServer upstream_{{}, "test", [](const rpc::Environment& environment) {
                         TestServer::Services services;
                         services.push_back(MakeFeedService(environment));
                         return services;
                       }};
  Metrics metrics_;
  std::unique_ptr<Descriptors> descriptors_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<HttpServer> server_;
};

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
  const Response anonymous = client.Call("GET", "/api/test/v1/feed", "", {{"Authorization", ""}});
  EXPECT_EQ(anonymous.result_int(), 401);
  EXPECT_EQ(anonymous["WWW-Authenticate"], "Bearer");
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
  const struct {
    const char* name;
    std::string bytes;
    int status;  // 0: closed without an answer.
  } cases[] = {
      {"not HTTP", "hello\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"a megabyte of headers", "GET / HTTP/1.1\r\nX: " + std::string(1 << 20, 'x') + "\r\n\r\n",
       431},
      {"two content lengths",
       "POST /api/test/v1/feed HTTP/1.1\r\nContent-Length: 1\r\n"
       "Content-Length: 2\r\n\r\nxx",
       400},
      {"a negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"a body too large", "POST /api/test/v1/feed HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n",
       413},
      {"a bad chunk", "POST /api/test/v1/feed HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       400},
      {"a control character in a header", std::string("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 27),
       400},
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

TEST_F(HttpTest, HalfARequestIsNotWaitedForForEver) {
  Client client(port());
  client.SendRaw("GET /api/test");
  const absl::Time start = absl::Now();
  EXPECT_EQ(client.Read().result_int(), 0u);
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
}

TEST_F(HttpTest, CompressesWhenAskedAndUnpacksWithinLimits) {
  Client client(port());
  const Response packed = client.Call("GET", "/long", "", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed["Content-Encoding"], "gzip");
  EXPECT_LT(packed.body().size(), 200u);
  ASSERT_OK_AND_ASSIGN(const std::string plain, Gunzip(packed.body(), 1 << 20));
  EXPECT_EQ(plain, std::string(5000, 'x'));
  EXPECT_EQ(client.Call("GET", "/long").body(), plain);
  const Response bomb = client.Call("POST", "/api/test/v1/feed", Gzip(std::string(50 << 20, ' ')),
                                    {{"Content-Encoding", "gzip"}});
  EXPECT_EQ(bomb.result_int(), 413);
  Client other(port());
  EXPECT_EQ(other.Call("POST", "/api/test/v1/feed", "x", {{"Content-Encoding", "br"}}).result_int(),
            415);
}

TEST_F(HttpTest, CorsIsForTheOriginsThatAreAllowed) {
  Client client(port());
  const Response preflight =
      client.Call("OPTIONS", "/api/test/v1/feed", "", {{"Origin", "https://shop.example"}});
  EXPECT_EQ(preflight.result_int(), 204);
  EXPECT_EQ(preflight["Access-Control-Allow-Origin"], "https://shop.example");
  EXPECT_THAT(std::string(preflight["Access-Control-Allow-Methods"]), HasSubstr("GET"));
  const Response other =
      client.Call("GET", "/api/test/v1/feed", "", {{"Origin", "https://evil.example"}});
  EXPECT_EQ(other["Access-Control-Allow-Origin"], "");
}

TEST_F(HttpTest, TooManyRequestsAreToldWhenToComeBack) {
  Client client(port());
  int limited = 0;
  for (int i = 0; i < 300; ++i) {
    const Response response = client.Call("GET", "/hello");
    if (response.result_int() != 429) continue;
    ++limited;
    EXPECT_NE(response["Retry-After"], "");
    EXPECT_THAT(response.body(), HasSubstr("RATE_LIMITED"));
  }
  EXPECT_GT(limited, 0);
  Client other(port());
  EXPECT_EQ(
      other.Call("GET", "/api/test/v1/feed", "", {{"Authorization", "Bearer users/b test.read"}})
          .result_int(),
      200)
      << "callers do not share";
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
