// What the HTTP door refuses, ends and bounds: requests that can be read in two ways, headers that
// cannot be passed on, callers that are slow or have gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gateway/http/http_fixture.h"

namespace regulars::gateway {
namespace {

using ::testing::HasSubstr;

using LimitsTest = HttpTest;

constexpr char kToken[] = "Authorization: Bearer users/a test.read\r\n";
constexpr char kSubscribe[] = "GET /api/test/v1/feed:subscribe HTTP/1.1\r\nHost: x\r\n";

// gRPC ends the process over metadata that is not printable ASCII.
TEST_F(LimitsTest, HeadersThatCannotBePassedOnAreRefused) {
  const struct {
    const char* name;
    const char* value;
  } values[] = {{"Latin-1", "caf\xe9"},
                {"UTF-8", "caf\xc3\xa9"},
                {"no UTF-8", "\xff\xfe"},
                {"a tab", "a\tb"},
                {"0x80", "\x80"}};
  for (const char* header : {"Authorization", "Traceparent", "Regulars-After"}) {
    for (const auto& value : values) {
      SCOPED_TRACE(absl::StrCat(header, ": ", value.name));
      Client client(port());
      for (const char* path : {"/api/test/v1/feed", "/api/test/v1/feed:subscribe"}) {
        ExpectError(client.Call("GET", path, "", {{header, value.value}}), 400, "INVALID_HEADER");
      }
      EXPECT_EQ(client.Call("GET", "/api/test/v1/feed").result_int(), 200);
    }
  }
  Client client(port());
  ExpectError(client.Call("POST", kUpload, "x", {{"Traceparent", "\xff"}}), 400, "INVALID_HEADER");
}

TEST_F(LimitsTest, HeadersLongerThanWhatTheyMeanAreRefused) {
  Client client(port());
  const std::string path = "/api/test/v1/feed";
  const auto call = [&](const std::string& header, const std::string& value) {
    return client.Call("GET", path, "", {{header, value}});
  };
  EXPECT_EQ(call("Traceparent", std::string(512, 'x')).result_int(), 200u);
  for (const char* header : {"Traceparent", "Regulars-After"}) {
    ExpectError(call(header, std::string(513, 'x')), 400, "INVALID_HEADER");
    ExpectError(call(header, std::string(15'000, 'x')), 400, "INVALID_HEADER");
  }
  for (const size_t size : {4096, 4097, 15'000}) {
    ExpectError(call("Authorization", "Bearer " + std::string(size, 'x')), 401, "TOKEN_INVALID");
    ExpectError(call("Authorization", "Basic " + std::string(size, 'x')), 401, "TOKEN_MISSING");
  }
}

TEST_F(LimitsTest, WhatFollowsADoubtfulRequestIsNotRead) {
  const struct {
    const char* name;
    std::string headers;
    std::string reason;
  } rows[] = {
      {"unknown coding", "Host: x\r\nTransfer-Encoding: xchunked\r\n", "INVALID_TRANSFER_ENCODING"},
      {"chunked not last", "Host: x\r\nTransfer-Encoding: chunked, identity\r\n",
       "INVALID_TRANSFER_ENCODING"},
      {"identity", "Host: x\r\nTransfer-Encoding: identity\r\n", "INVALID_TRANSFER_ENCODING"},
      {"length and chunks", "Host: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
       "MALFORMED_HTTP"},
      {"length and another coding", "Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n",
       "MALFORMED_HTTP"},
      {"no host", "", "INVALID_HOST"},
      {"two hosts", "Host: x\r\nHost: y\r\n", "INVALID_HOST"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Client client(port());
    client.SendRaw("POST /hello HTTP/1.1\r\n" + row.headers +
                   "\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    const Response response = client.Read();
    ExpectError(response, 400, row.reason);
    EXPECT_EQ(response["Connection"], "close");
    EXPECT_EQ(client.Read().result_int(), 0u);
  }
}

// What a client sends is never the server's fault: no 5xx, which monitors would count as one.
TEST_F(LimitsTest, OtherVersionsOfHttpAreTheClientsFault) {
  for (const char* sent :
       {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET /hello HTTP/3.0\r\nHost: x\r\n\r\n"}) {
    SCOPED_TRACE(sent);
    Client client(port());
    client.SendRaw(sent);
    const Response response = client.Read();
    ExpectError(response, 400, "HTTP_VERSION_NOT_SUPPORTED");
    EXPECT_THAT(response.body(), HasSubstr("this speaks HTTP/1.1"));
    EXPECT_EQ(response["Connection"], "close");
  }
}

TEST_F(LimitsTest, TargetsArePathsOrUrls) {
  const struct {
    const char* target;
    unsigned status;
  } rows[] = {{"/hello", 200},
              {"http://shop/hello", 200},
              {"HTTPS://shop:1/hello?x", 200},
              {"http://shop/none", 404},
              {"http://shop", 404},
              {"http:///hello", 400},
              {"http://a@b/hello", 400},
              {"shop:443", 400},
              {"hello", 400},
              {"*", 400},
              {"ftp://shop/hello", 400}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.target);
    Client client(port());
    EXPECT_EQ(client.Call("GET", row.target).result_int(), row.status);
  }
}

TEST_F(LimitsTest, PathsAnswerTheirMethodsOnly) {
  const struct {
    const char* path;
    const char* method;
    const char* allow;  // Empty: the method is answered.
  } rows[] = {
      {"/healthz", "GET", ""},
      {"/healthz", "HEAD", ""},
      {"/healthz", "POST", "GET, HEAD"},
      {"/healthz", "get", "GET, HEAD"},
      {"/healthz", "TRACE", "GET, HEAD"},
      {"/hello", "HEAD", ""},
      {"/hello", "DELETE", "GET, HEAD"},
      {"/keys", "GET", ""},
      {"/keys", "HEAD", ""},
      {"/keys", "PUT", "GET, HEAD"},
      {"/token", "POST", ""},
      {"/token", "GET", "POST"},
      {"/token", "HEAD", "POST"},
      {"/api/test/v1/feed", "get", "GET, HEAD, OPTIONS"},
      {"/api/test/v1/feed", "TRACE", "GET, HEAD, OPTIONS"},
      {"/api/test/v1/feed", "BREW", "GET, HEAD, OPTIONS"},
      {"/api/test/v1/feed", "POST", "GET, HEAD, OPTIONS"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(absl::StrCat(row.method, " ", row.path));
    Client client(port());
    client.SendRaw(absl::StrCat(row.method, " ", row.path, " HTTP/1.1\r\nHost: x\r\n", kToken,
                                "Connection: close\r\n\r\n"));
    const std::string answer = client.ReadAll();
    EXPECT_THAT(answer, HasSubstr(*row.allow == '\0' ? "HTTP/1.1 200 " : "HTTP/1.1 405 "));
    if (*row.allow != '\0') {
      EXPECT_THAT(answer, HasSubstr(absl::StrCat("\r\nAllow: ", row.allow, "\r\n")));
    }
    const bool has_body = answer.size() > answer.find("\r\n\r\n") + 4;
    EXPECT_EQ(has_body, std::string(row.method) != "HEAD");
  }
}

TEST_F(LimitsTest, AHeadOfAStreamIsAHeadAlone) {
  Publish(3);
  Client client(port());
  client.SendRaw(absl::StrCat("HEAD /api/test/v1/feed:subscribe HTTP/1.1\r\nHost: x\r\n", kToken,
                              "\r\nGET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  const std::string answers = client.ReadAll();
  const size_t second = answers.find("\r\n\r\nHTTP/1.1 200");
  ASSERT_NE(second, std::string::npos) << answers;
  EXPECT_THAT(answers.substr(0, second), HasSubstr("application/x-ndjson"));
}

TEST_F(LimitsTest, UploadsComeUnpacked) {
  Client client(port());
  ExpectError(client.Call("POST", kUpload, "x", {{"Content-Encoding", "gzip"}}), 415,
              "UNSUPPORTED_ENCODING");
  // What curl -F sends.
  ExpectError(Client(port()).Call("POST", kUpload, "x",
                                  {{"Content-Type", "multipart/form-data; boundary=x"}}),
              415, "UNSUPPORTED_ENCODING");
  EXPECT_EQ(client.Call("POST", kUpload, "x", {{"Content-Encoding", "identity"}}).result_int(),
            kNotThere);
}

// Sends `piece` again and again until the door answers or closes; what it answers.
Response Drip(Client& client, const std::string& piece, absl::Duration pause, int times) {
  for (int i = 0; i < times && client.socket().available() == 0; ++i) {
    client.SendRaw(piece);
    absl::SleepFor(pause);
  }
  return client.Read();
}

TEST_F(LimitsTest, AHeadHasALimitAsAWhole) {
  const std::string begin = "GET /hello HTTP/1.1\r\nHost: x\r\n";
  // Of so many bytes, with the empty line that ends it.
  const auto head = [&begin](size_t bytes) {
    std::string text = begin;
    while (text.size() + 16 < bytes) text += "a:b\r\n";
    return text + "c:" + std::string(bytes - text.size() - 6, 'd') + "\r\n\r\n";
  };
  const size_t limit = door_->options().max_header_bytes;
  Client client(port());
  client.SendRaw(head(limit));
  EXPECT_EQ(client.Read().result_int(), 200u);
  client.SendRaw(head(limit + 1));
  ExpectError(client.Read(), 431, "HEADERS_TOO_LARGE");
  Client slow(port());
  slow.SendRaw(begin);
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "a:b\r\n";
  ExpectError(Drip(slow, lines, absl::Milliseconds(1), 200), 431, "HEADERS_TOO_LARGE");
}

TEST_F(LimitsTest, HeadsThatComeTooSlowlyAreEnded) {
  const struct {
    const char* name;
    std::string begin;
    std::string piece;  // Empty: silence.
  } rows[] = {
      {"half a request line", "GET / HT", ""},
      {"half an empty line", "\r", ""},
      {"half a header", "GET /hello HTTP/1.1\r\nHost:", "x"},
      {"headers without end", "GET /hello HTTP/1.1\r\nHost: x\r\n", "a:b\r\n"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Client client(port());
    EXPECT_EQ(client.Call("GET", "/hello").result_int(), 200u);
    client.SendRaw(row.begin);
    const absl::Time start = absl::Now();
    const Response response = Drip(client, row.piece, absl::Milliseconds(50), 100);
    ExpectError(response, 408, "HEADERS_TOO_SLOW");
    EXPECT_EQ(response["Connection"], "close");
    EXPECT_LT(absl::Now() - start, absl::Seconds(4));
    EXPECT_EQ(client.Read().result_int(), 0u);
  }
}

constexpr uint64_t kReplies = 1000;

class RepliesTest : public HttpTest {
 protected:
  RepliesTest()
      : HttpTest([](HttpOptions& options) {
          options.max_replies_bytes = kReplies;
          options.small_reply_bytes = 1;
        }) {}
};

TEST_F(RepliesTest, LargeAnswersAreRefusedWhileThereIsNoRoom) {
  Client client(port());
  {
    BodyBudget::Claim others(door_->replies());
    EXPECT_OK(others.Hold(kReplies));
    const Response refused = client.Call("GET", "/api/test/v1/feed");
    ExpectError(refused, 503, "OVERLOADED");
    EXPECT_EQ(refused["Retry-After"], "1");
    EXPECT_EQ(client.Call("GET", "/hello").result_int(), 200u);
  }
  EXPECT_EQ(client.Call("GET", "/api/test/v1/feed").result_int(), 200u);
  EXPECT_TRUE(AllEnd());
  EXPECT_EQ(door_->replies().used(), 0u);
}

// What came as a few bytes counts as what it became.
TEST_F(RepliesTest, AnswersCountAsJsonToo) {
  BodyBudget::Claim others(door_->replies());
  EXPECT_OK(others.Hold(kReplies - 20));
  Client client(port());
  const Response refused = client.Call("GET", "/api/test/v1/feed");
  ExpectError(refused, 503, "OVERLOADED");
}

class IdleTest : public HttpTest {
 protected:
  IdleTest()
      : HttpTest([](HttpOptions& options) { options.idle_timeout = absl::Milliseconds(100); }) {}
};

TEST_F(IdleTest, WhoeverBeginsNoRequestIsNotToldWhy) {
  for (const char* sent : {"", "\r\n"}) {
    Client client(port());
    client.SendRaw(sent);
    EXPECT_EQ(client.ReadAll(), "");
  }
}

TEST_F(LimitsTest, BodiesThatComeTooSlowlyAreEnded) {
  const struct {
    const char* name;
    std::string path;
    std::string headers;
    std::string piece;
  } rows[] = {
      {"a call", kCreate, "Content-Length: 100000\r\n", " "},
      {"in chunks", kCreate, "Transfer-Encoding: chunked\r\n", "1\r\n \r\n"},
      {"a form", "/token", "Content-Length: 10000\r\n", "x"},
      {"an upload", kUpload, "Content-Length: 100000\r\n", "x"},
      {"an upload in chunks", kUpload, "Transfer-Encoding: chunked\r\n", "1\r\nx\r\n"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Client client(port());
    client.SendRaw(
        absl::StrCat("POST ", row.path, " HTTP/1.1\r\nHost: x\r\n", kToken, row.headers, "\r\n"));
    const absl::Time start = absl::Now();
    const Response response = Drip(client, row.piece, absl::Milliseconds(50), 200);
    ExpectError(response, 408, "BODY_TOO_SLOW");
    EXPECT_EQ(response["Connection"], "close");
    EXPECT_GE(absl::Now() - start, kSlowest - absl::Milliseconds(50));
    EXPECT_LT(absl::Now() - start, 5 * kSlowest);
  }
}

TEST_F(LimitsTest, AnUploadMayTakeLongIfItKeepsItsRate) {
  Client client(port());
  constexpr int kPieces = 40;
  client.SendRaw(absl::StrCat("POST ", kUpload, " HTTP/1.1\r\nHost: x\r\n", kToken,
                              "Content-Length: ", kPieces * 500, "\r\n\r\n"));
  const absl::Time start = absl::Now();
  const Response response = Drip(client, std::string(500, 'x'), absl::Milliseconds(50), kPieces);
  EXPECT_GT(absl::Now() - start, 2 * kSlowest);
  EXPECT_EQ(response.result_int(), 501u) << "the service behind it has no such method";
}

TEST_F(LimitsTest, ATrailerTooLongEndsItsConnectionAlone) {
  for (const std::string& trailer :
       {"X: " + std::string(66'000, 'a'), std::string(70'000, 'a') + ": x"}) {
    Client client(port());
    client.SendRaw(absl::StrCat("POST /token HTTP/1.1\r\nHost: x\r\n", kToken,
                                "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", trailer,
                                "\r\n\r\n"));
    ExpectError(client.Read(), 431, "HEADERS_TOO_LARGE");
    EXPECT_EQ(Client(port()).Call("GET", "/hello").result_int(), 200u);
  }
}

TEST_F(LimitsTest, WhatIsThrownForAConnectionEndsItAloneAndIsLogged) {
  door_->SetTokenCheck(
      [](absl::string_view) -> absl::StatusOr<std::shared_ptr<const auth::Caller>> {
        throw std::runtime_error("out of cheese");
      });
  ::testing::internal::CaptureStderr();
  Client client(port());
  EXPECT_EQ(client.Call("GET", "/api/test/v1/feed").result_int(), 0u);
  EXPECT_EQ(Client(port()).Call("GET", "/hello", "", {{"Authorization", "none"}}).result_int(),
            200u);
  server_.reset();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("a connection was given up"), HasSubstr("out of cheese")));
}

TEST_F(LimitsTest, StoppingDoesNotWaitForAnUploadThatGoesOn) {
  std::atomic<bool> stopped{false};
  std::thread sender([&stopped, to = port()] {
    Client client(to);
    client.SendRaw(absl::StrCat("POST ", kUpload, " HTTP/1.1\r\nHost: x\r\n", kToken,
                                "Content-Length: 1000000000\r\n\r\n"));
    while (!stopped) {
      client.SendRaw(std::string(500, 'x'));
      absl::SleepFor(absl::Milliseconds(20));
    }
  });
  const absl::Time end = absl::Now() + absl::Seconds(5);
  while (door_->requests() == 0 && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(door_->requests(), 1u);
  const absl::Time start = absl::Now();
  server_.reset();
  EXPECT_LT(absl::Now() - start, absl::Seconds(8)) << "the whole process has ten";
  stopped = true;
  sender.join();
}

TEST_F(LimitsTest, WhoeverStaysWhileTheServerStopsIsToldToGo) {
  Client kept(port());
  EXPECT_EQ(kept.Call("GET", "/hello").result_int(), 200u);
  Client busy(port());
  busy.SendRaw(absl::StrCat(kSubscribe, kToken, "\r\n"));
  busy.socket().wait(asio::socket_base::wait_read);  // It has begun: the server waits for its end.
  std::thread stopping([this] { server_.reset(); });
  while (!door_->is_closing()) absl::SleepFor(absl::Milliseconds(1));
  const Response told = kept.Call("GET", "/hello");
  ExpectError(told, 503, "STOPPING");
  EXPECT_EQ(told["Connection"], "close");
  EXPECT_EQ(told["Retry-After"], "1");
  EXPECT_EQ(kept.Read().result_int(), 0u);
  stopping.join();
  const Response ended = busy.Read();
  EXPECT_THAT(ended.body(), AllOf(HasSubstr("\"code\":503"), HasSubstr("\"STOPPING\"")));
}

TEST_F(LimitsTest, AStreamEndsWhenItsReaderHasGone) {
  for (const bool reset : {false, true}) {
    SCOPED_TRACE(reset);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 10; ++i) {
      clients.push_back(std::make_unique<Client>(port()));
      clients.back()->SendRaw(absl::StrCat(kSubscribe, kToken, "\r\n"));
      clients.back()->socket().wait(asio::socket_base::wait_read);  // It has begun.
      if (reset) clients.back()->socket().set_option(asio::socket_base::linger(true, 0));
    }
    EXPECT_EQ(door_->requests(), 10u);
    clients.clear();
    EXPECT_TRUE(AllEnd());
  }
}

TEST_F(LimitsTest, WhatComesDuringAStreamIsKept) {
  Publish(3000);
  Client client(port());
  for (int i = 0; i < 10; ++i) {
    client.SendRaw(absl::StrCat(
        "GET /api/test/v1/feed:subscribe?stopAtHead=true HTTP/1.1\r\nHost: x\r\n", kToken, "\r\n"));
    client.SendRaw("GET /hello HT");
    client.socket().wait(asio::socket_base::wait_read);
    client.SendRaw("TP/1.1\r\nHost: x\r\n\r\n");
    const Response stream = client.Read();
    EXPECT_EQ(stream.result_int(), 200u);
    EXPECT_THAT(stream.body(), HasSubstr("\"position\":\"3000\""));
    EXPECT_EQ(client.Read().body(), "hello");
  }
}

TEST_F(LimitsTest, WhoeverSendsWithoutEndDuringAStreamLosesIt) {
  Client client(port());
  client.SendRaw(absl::StrCat(kSubscribe, kToken, "\r\n"));
  client.socket().wait(asio::socket_base::wait_read);
  client.SendRaw(std::string(100'000, 'x'));
  EXPECT_TRUE(AllEnd());
}

}  // namespace
}  // namespace regulars::gateway
