// The HTTP door in front of a real gRPC service (the chassis's feed), and a client that speaks to
// it over real sockets. For tests.
#ifndef GATEWAY_HTTP_HTTP_FIXTURE_H_
#define GATEWAY_HTTP_HTTP_FIXTURE_H_

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
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/feed/feed_service.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "gateway/http/server.h"

namespace regulars::gateway {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Response = http::response<http::string_body>;

inline std::string DescriptorSet() {
  std::ostringstream bytes;
  bytes << std::ifstream(REGULARS_PROTOSET, std::ios::binary).rdbuf();
  return bytes.str();
}

// As the service behind the door does: "<principal> <scopes>".
inline absl::StatusOr<std::shared_ptr<const auth::Caller>> CheckToken(absl::string_view token) {
  const size_t space = token.find(' ');
  if (space == absl::string_view::npos) return Unauthenticated("TOKEN_INVALID", "forged");
  auth::Caller caller;
  caller.principal = std::string(token.substr(0, space));
  return std::make_shared<const auth::Caller>(std::move(caller));
}

inline void ExpectError(const Response& response, unsigned status, const std::string& reason) {
  EXPECT_EQ(response.result_int(), status) << response.body();
  EXPECT_EQ(response["Content-Type"], "application/json");
  EXPECT_THAT(response.body(), ::testing::HasSubstr("\"" + reason + "\""));
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
    for (const auto& [name, value] : headers) text += absl::StrCat(name, ": ", value, "\r\n");
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    SendRaw(text + "\r\n" + body);
    return Read();
  }

  // Everything until the door closes.
  std::string ReadAll() {
    std::string bytes;
    beast::error_code ended;
    asio::read(socket_, asio::dynamic_buffer(bytes), ended);
    return bytes;
  }

  asio::ip::tcp::socket& socket() { return socket_; }

 private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_;
  beast::flat_buffer buffer_;
};

// A path that takes an upload; the service behind the door does not have it.
inline constexpr char kUpload[] = "/api/customer/v1/customers:import";
// What a body may take, and an upload until its rate counts.
inline constexpr absl::Duration kSlowest = absl::Milliseconds(500);

// A path that takes a body, and that service's answer to it.
inline constexpr char kCreate[] = "/api/customer/v1/customers";
inline constexpr unsigned kNotThere = 501;

class HttpTest : public ::testing::Test {
 protected:
  // `adjust` changes the door's limits.
  explicit HttpTest(const std::function<void(HttpOptions&)>& adjust = nullptr) {
    auto descriptors = Descriptors::Parse(DescriptorSet());
    CHECK(descriptors.ok());  // The build made it.
    descriptors_ = *std::move(descriptors);
    auto table =
        MethodTable::Build(*descriptors_, {.packages = {{"regulars.feed.v1", "test", "/api/test"},
                                                        {"regulars.customer.v1", "test", ""}}});
    if (!table.ok()) std::fprintf(stderr, "%s\n", table.status().ToString().c_str());
    CHECK(table.ok());
    std::map<std::string, std::unique_ptr<Upstream>> upstreams;
    upstreams["test"] = std::make_unique<Upstream>("test", upstream_.channel());
    HttpOptions options;
    options.listen = "127.0.0.1:0";
    options.max_body_bytes = 100'000;
    options.header_timeout = absl::Milliseconds(400);
    options.idle_timeout = absl::Seconds(5);
    options.body_timeout = kSlowest;
    options.rate_grace = kSlowest;
    options.min_rate = 1024;
    options.rate_per_second = 1000;
    options.rate_burst = 60;
    options.cors_origins = {"https://shop.example"};
    if (adjust) adjust(options);
    door_ = std::make_unique<Door>(options, *std::move(table), std::move(upstreams), metrics_);
    door_->AddPage("/hello", {.content_type = "text/plain", .body = "hello"});
    door_->AddPage("/long", {.content_type = "text/plain", .body = std::string(5000, 'x')});
    const auto handler = [](const HttpRequest&) -> HttpResponse { return {.body = "handled"}; };
    door_->AddPage("/old", {.location = "/hello"});
    door_->SetTokenCheck(CheckToken);
    door_->AddHandler("POST", "/token", handler);
    door_->AddHandler("GET", "/keys", handler);
    door_->AddHandler("GET", "/throwing", [](const HttpRequest&) -> HttpResponse {
      throw std::runtime_error("out of cheese");
    });
    auto server = HttpServer::Start(*door_);
    CHECK(server.ok());  // A free port is always to be had.
    server_ = *std::move(server);
  }

  // Whether no request is under way soon.
  bool AllEnd() {
    const absl::Time end = absl::Now() + absl::Seconds(5);
    while (door_->requests() > 0 && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
    return door_->requests() == 0;
  }

  void Publish(int events) {
    EXPECT_OK(upstream_.store().Write([&](Transaction& tx) {
      for (int i = 0; i < events; ++i) tx.Publish({.type = "t", .subject = "boxes/1"});
      return absl::OkStatus();
    }));
  }

  int port() const { return server_->port(); }

  // What the service behind the door follows: a read after "other:1" waits for it.
  rpc::FollowedFeed* followed_ = nullptr;
  testing::TestServer upstream_{{}, "test", [this](const rpc::Environment& environment) {
                                  followed_ = &environment.followed->Of("other");
                                  testing::TestServer::Services services;
                                  services.push_back(MakeFeedService(environment));
                                  return services;
                                }};
  Metrics metrics_;
  std::unique_ptr<Descriptors> descriptors_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_HTTP_FIXTURE_H_
