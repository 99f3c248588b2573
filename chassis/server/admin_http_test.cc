#include "chassis/server/admin_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/testing/status_matchers.h"

namespace regulars {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Visitor {
 public:
  explicit Visitor(int port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port)});
  }
  std::string Ask(const std::string& request) {
    asio::write(socket_, asio::buffer(request));
    std::string answer;
    boost::system::error_code ended;
    asio::read(socket_, asio::dynamic_buffer(answer), ended);
    return answer;
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_;
};

class AdminHttpTest : public ::testing::Test {
 protected:
  AdminHttpTest() {
    auto started = AdminHttp::Start("127.0.0.1:0", {.metrics = [] { return "a_metric 1\n"; },
                                                    .ready = [this] { return ready_; },
                                                    .warnings = [this] { return warnings_; }});
    EXPECT_OK(started);
    server_ = *std::move(started);
  }
  std::string Get(const std::string& path, const std::string& method = "GET") {
    return Visitor(server_->port()).Ask(method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  absl::Status ready_;
  std::vector<std::string> warnings_;
  std::unique_ptr<AdminHttp> server_;
};

TEST_F(AdminHttpTest, AnswersItsThreePages) {
  EXPECT_THAT(Get("/metrics"), HasSubstr("a_metric 1"));
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200"));
  ready_ = Unavailable("STOPPING", "the process is stopping", absl::Seconds(1));
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Get("/readyz"), HasSubstr("the process is stopping"));
  EXPECT_THAT(Get("/none"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get("/metrics", "POST"), StartsWith("HTTP/1.1 405"));
}

TEST_F(AdminHttpTest, WarningsDoNotMakeAProcessUnready) {
  warnings_ = {"customer: 2 events are parked", "mail: stuck"};
  const std::string answer = Get("/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("ready\nwarning: customer: 2 events are parked\nwarning: mail"));
}

TEST_F(AdminHttpTest, ClientsThatSayNothingKeepNobodyWaiting) {
  const Visitor silent(server_->port());
  const Visitor another(server_->port());
  const absl::Time start = absl::Now();
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
  server_.reset();
  EXPECT_LT(absl::Now() - start, absl::Seconds(2)) << "neither the answer nor the end waits";
}

TEST_F(AdminHttpTest, WhatIsNoRequestIsDropped) {
  EXPECT_EQ(Visitor(server_->port()).Ask("\x16\x03\x01 no HTTP\r\n\r\n"), "");
  EXPECT_EQ(
      Visitor(server_->port()).Ask("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
      "");
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST(AdminHttp, ATakenPortIsAnError) {
  auto first = AdminHttp::Start("127.0.0.1:0", {});
  ASSERT_OK(first);
  EXPECT_THAT(AdminHttp::Start("127.0.0.1:" + std::to_string((*first)->port()), {}).status(),
              testing::HasReason("CANNOT_LISTEN"));
  EXPECT_THAT(AdminHttp::Start("nonsense", {}).status(), testing::HasReason("INVALID_FLAG"));
}

}  // namespace
}  // namespace regulars
