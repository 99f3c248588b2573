// Clients of other kinds than most: old, slow at reading, done with sending.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "gateway/http/http_fixture.h"

namespace regulars::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "Authorization: Bearer users/a test.read\r\n";
// More than the system keeps between two ends.
constexpr size_t kHugeBytes = 24 << 20;
constexpr absl::Duration kPatience = absl::Milliseconds(400);

class ClientsTest : public HttpTest {
 protected:
  ClientsTest()
      : HttpTest([](HttpOptions& options) {
          options.io_timeout = kPatience;
          options.rate_grace = absl::Seconds(20);
        }) {
    door_->AddPage("/huge", {.content_type = "text/plain", .body = std::string(kHugeBytes, 'x')});
  }

  // A client that has asked for what the system cannot keep between the two ends.
  std::unique_ptr<Client> AskForMuch() {
    auto client = std::make_unique<Client>(port());
    client->socket().set_option(asio::socket_base::receive_buffer_size(64 << 10));
    client->SendRaw("GET /huge HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client;
  }
};

std::string Subscribe(const std::string& query, const std::string& version = "HTTP/1.1") {
  return absl::StrCat("GET /api/test/v1/feed:subscribe", query, " ", version, "\r\nHost: x\r\n",
                      kToken);
}

// Reads until `text` has come or the door closes.
std::string ReadUntil(Client& client, const std::string& text) {
  std::string seen;
  char piece[4096];
  beast::error_code error;
  while (!error && seen.find(text) == std::string::npos) {
    seen.append(piece, client.socket().read_some(asio::buffer(piece), error));
  }
  return seen;
}

TEST_F(ClientsTest, AnAnswerMayTakeLongIfItIsRead) {
  const auto client = AskForMuch();
  const absl::Time start = absl::Now();
  std::string seen;
  std::string piece(256 << 10, '\0');
  beast::error_code error;
  while (true) {
    const size_t got = asio::read(client->socket(), asio::buffer(piece), error);
    seen.append(piece, 0, got);
    if (error) break;
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(seen.size() - (seen.find("\r\n\r\n") + 4), kHugeBytes);
  EXPECT_GT(absl::Now() - start, 2 * kPatience) << "the test was too quick to tell";
}

TEST_F(ClientsTest, AnAnswerThatIsNotReadEnds) {
  const auto client = AskForMuch();
  client->socket().wait(asio::socket_base::wait_read);
  EXPECT_EQ(door_->requests(), 1u);
  EXPECT_TRUE(AllEnd());
}

TEST_F(ClientsTest, OldClientsGetStreamsWithoutChunks) {
  Publish(3);
  for (const char* keep : {"", "Connection: keep-alive\r\n"}) {
    Client client(port());
    client.SendRaw(absl::StrCat(Subscribe("?stopAtHead=true", "HTTP/1.0"), keep, "\r\n"));
    const std::string answer = client.ReadAll();
    EXPECT_THAT(answer, HasSubstr("HTTP/1.0 200 OK\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Transfer-Encoding")));
    EXPECT_THAT(answer, Not(HasSubstr("keep-alive")));
    const std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
    EXPECT_EQ(body.front(), '{');
    EXPECT_THAT(body, HasSubstr("\"position\":\"3\""));
    EXPECT_EQ(body.back(), '\n');
  }
}

TEST_F(ClientsTest, WhoeverSendsNoMoreIsAnswered) {
  Publish(3);
  for (const std::string& request :
       {absl::StrCat("GET /api/test/v1/feed HTTP/1.1\r\nHost: x\r\n", kToken, "\r\n"),
        Subscribe("?stopAtHead=true") + "\r\n",
        Subscribe("?stopAtHead=true") + "\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    SCOPED_TRACE(request);
    Client client(port());
    client.SendRaw(request);
    client.socket().shutdown(asio::socket_base::shutdown_send);
    EXPECT_EQ(client.Read().result_int(), 200u);
    const bool more = request.find("/hello") != std::string::npos;
    EXPECT_EQ(client.Read().body(), more ? "hello" : "");
  }
}

TEST_F(ClientsTest, AStreamGoesOnForWhoeverOnlyReads) {
  Client client(port());
  client.SendRaw(Subscribe("") + "\r\n");
  EXPECT_THAT(ReadUntil(client, "\"position\""), HasSubstr("200 OK"));
  client.socket().shutdown(asio::socket_base::shutdown_send);
  absl::SleepFor(absl::Milliseconds(2500));  // It is asked whether it still reads, meanwhile.
  Publish(1);
  EXPECT_THAT(ReadUntil(client, "boxes/1"), HasSubstr("boxes/1"));
  EXPECT_EQ(door_->requests(), 1u);
}

TEST_F(ClientsTest, AStreamEndsSoonWhenItsReaderHasReadAllAndGone) {
  for (const char* accept : {"", "Accept: text/event-stream\r\n"}) {
    {
      Client client(port());
      client.SendRaw(Subscribe("") + accept + "\r\n");
      ReadUntil(client, "\"position\"");
      absl::SleepFor(absl::Milliseconds(100));
      char rest[4096];
      beast::error_code ignored;
      client.socket().non_blocking(true);
      client.socket().read_some(asio::buffer(rest), ignored);  // Nothing unread: no reset.
    }
    EXPECT_EQ(door_->requests(), 1u);
    EXPECT_TRUE(AllEnd());
  }
}

// A call that waits for what it asks for.
constexpr char kSlowCallHeaders[] = "Regulars-After: other:1\r\n";

TEST_F(ClientsTest, ACallEndsSoonWhenItsCallerHasBrokenOff) {
  for (const bool silent : {false, true}) {
    SCOPED_TRACE(silent);
    {
      Client client(port());
      client.SendRaw(absl::StrCat("GET /api/test/v1/feed HTTP/1.1\r\nHost: x\r\n", kToken,
                                  kSlowCallHeaders, "\r\n"));
      if (silent) client.socket().shutdown(asio::socket_base::shutdown_send);
      const absl::Time end = absl::Now() + absl::Seconds(5);
      while (door_->requests() == 0 && absl::Now() < end) absl::SleepFor(absl::Milliseconds(2));
      ASSERT_EQ(door_->requests(), 1u);
      client.socket().set_option(asio::socket_base::linger(true, 0));
      client.socket().close();  // Its destructor would close it gently.
    }
    EXPECT_TRUE(AllEnd());
  }
}

TEST_F(ClientsTest, ACallGoesOnForWhoeverOnlyReads) {
  Client client(port());
  client.SendRaw(absl::StrCat("GET /api/test/v1/feed HTTP/1.1\r\nHost: x\r\n", kToken,
                              kSlowCallHeaders, "\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
  client.socket().shutdown(asio::socket_base::shutdown_send);
  absl::SleepFor(3 * kSlowCall);  // It is watched by now.
  EXPECT_EQ(door_->requests(), 1u);
  followed_->followed.Set(1);
  EXPECT_EQ(client.Read().result_int(), 200u);
  EXPECT_EQ(client.Read().body(), "hello");
}

TEST_F(ClientsTest, EmptyLinesBeforeARequestArePassedOver) {
  const std::string hello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
  Client client(port());
  for (const char* lines : {"\r\n", "\r\n\r\n\r\n\r\n"}) {
    client.SendRaw(lines + hello);
    EXPECT_EQ(client.Read().body(), "hello");
  }
  client.SendRaw("\r");
  absl::SleepFor(absl::Milliseconds(20));
  client.SendRaw("\n" + hello);
  EXPECT_EQ(client.Read().body(), "hello");
  std::string many;
  for (int i = 0; i < 5; ++i) many += "\r\n";
  client.SendRaw(many + hello);
  ExpectError(client.Read(), 400, "MALFORMED_HTTP");
}

}  // namespace
}  // namespace regulars::gateway
