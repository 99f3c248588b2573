// Who is let in, and with how much: what is answered before a body is read, what all bodies and
// uploads may take together, how many connections there may be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/http/gzip.h"
#include "gateway/http/http_fixture.h"

namespace regulars::gateway {
namespace {

using ::testing::HasSubstr;

constexpr size_t kMaxUploads = 2;
constexpr size_t kMaxConnections = 8;

class AdmissionTest : public HttpTest {
 protected:
  AdmissionTest()
      : HttpTest([](HttpOptions& options) {
          options.max_bodies_bytes = 150'000;
          options.max_uploads = kMaxUploads;
          options.max_connections_per_address = kMaxConnections;
          options.body_timeout = absl::Seconds(20);
          options.rate_grace = absl::Seconds(20);
        }) {}

  std::string Head(const std::string& path, size_t length,
                   const std::string& headers = "Authorization: Bearer users/a test.read\r\n") {
    return absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: x\r\n", headers,
                        "Content-Length: ", length, "\r\n\r\n");
  }

  // Waits until `what` is `wanted`.
  template <typename F>
  bool Becomes(F what, size_t wanted) {
    const absl::Time end = absl::Now() + absl::Seconds(5);
    while (what() != wanted && absl::Now() < end) absl::SleepFor(absl::Milliseconds(2));
    return what() == wanted;
  }
};

TEST_F(AdmissionTest, NobodysBodyIsNotReadBeforeItsAnswer) {
  const struct {
    const char* name;
    std::string path;
    std::string headers;
    unsigned status;
    std::string reason;
  } rows[] = {
      {"no path", "/none", "", 404, "PATH_NOT_FOUND"},
      {"no path, with a token", "/none", "Authorization: Bearer users/a test.read\r\n", 404,
       "PATH_NOT_FOUND"},
      {"another method's path", "/api/test/v1/feed", "", 405, "METHOD_NOT_ALLOWED"},
      {"another method's page", "/hello", "", 405, "METHOD_NOT_ALLOWED"},
      {"no token", kCreate, "", 401, "TOKEN_MISSING"},
      {"no token, an upload", kUpload, "", 401, "TOKEN_MISSING"},
      {"an empty token", kCreate, "Authorization: Bearer \r\n", 401, "TOKEN_MISSING"},
      {"another scheme", kCreate, "Authorization: Basic YTpi\r\n", 401, "TOKEN_MISSING"},
      {"no token at all", kCreate, "Authorization: Bearer forged\r\n", 401, "TOKEN_INVALID"},
      {"no token at all, an upload", kUpload, "Authorization: bearer forged\r\n", 401,
       "TOKEN_INVALID"},
      {"a form too large", "/token", "", 413, "BODY_TOO_LARGE"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Client client(port());
    client.SendRaw(Head(row.path, 90'000, row.headers));
    const Response response = client.Read();
    ExpectError(response, row.status, row.reason);
    EXPECT_EQ(response["Connection"], "close");
    EXPECT_EQ(client.Read().result_int(), 0u);
  }
}

TEST_F(AdmissionTest, WhoeverSendsOnReadsTheRefusalAllTheSame) {
  Client client(port());
  client.SendRaw(Head(kCreate, 90'000, "") + std::string(90'000, 'x'));
  ExpectError(client.Read(), 401, "TOKEN_MISSING");
}

TEST_F(AdmissionTest, ASmallBodyThatNobodyWantsKeepsTheConnection) {
  Client client(port());
  const std::map<std::string, std::string> nobody = {{"Authorization", ""}};
  for (int i = 0; i < 3; ++i) {
    ExpectError(client.Call("POST", "/none", "{}"), 404, "PATH_NOT_FOUND");
    ExpectError(client.Call("POST", kCreate, std::string(16'000, 'x'), nobody), 401,
                "TOKEN_MISSING");
  }
  EXPECT_EQ(client.Call("GET", "/hello").body(), "hello");
}

TEST_F(AdmissionTest, BodiesTogetherHaveALimit) {
  std::vector<std::unique_ptr<Client>> holding;
  for (int i = 0; i < 2; ++i) {
    holding.push_back(std::make_unique<Client>(port()));
    holding.back()->SendRaw(Head(kCreate, 90'000) + std::string(70'000, ' '));
  }
  const auto used = [this] { return door_->bodies().used(); };
  ASSERT_TRUE(Becomes(used, 140'000));
  Client third(port());
  const Response full = third.Call("POST", kCreate, std::string(90'000, ' '));
  ExpectError(full, 503, "OVERLOADED");
  EXPECT_EQ(full["Retry-After"], "1");
  EXPECT_EQ(full["Connection"], "close");
  // In chunks, whose sum nobody knows before; and packed, where it is the content that counts.
  Client chunked(port());
  chunked.SendRaw(absl::StrCat("POST ", kCreate,
                               " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer users/a test.read"
                               "\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n",
                               std::string(0x10000, ' '), "\r\n"));
  ExpectError(chunked.Read(), 503, "OVERLOADED");
  Client packed(port());
  ExpectError(
      packed.Call("POST", kCreate, Gzip(std::string(90'000, ' ')), {{"Content-Encoding", "gzip"}}),
      503, "OVERLOADED");
  EXPECT_EQ(used(), 140'000u);
  Client small(port());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(small.Call("POST", kCreate, std::string(16'000, ' ')).result_int(), 400u)
        << "it is read, and is not JSON";
  }
}

TEST_F(AdmissionTest, BodiesGiveBackWhatTheyTookHoweverTheyEnd) {
  const auto used = [this] { return door_->bodies().used(); };
  {
    Client broken(port());
    broken.SendRaw(Head(kCreate, 90'000) + std::string(70'000, ' '));
    ASSERT_TRUE(Becomes(used, 70'000));
  }
  EXPECT_TRUE(Becomes(used, 0));
  Client client(port());
  EXPECT_EQ(client.Call("POST", kCreate, std::string(90'000, ' ')).result_int(), 400u);
  EXPECT_TRUE(Becomes(used, 0));
  const std::string body = "{\"displayName\":\"" + std::string(60'000, 'x') + "\"}";
  EXPECT_EQ(client.Call("POST", "/api/customer/v1/segments?segmentId=a", body).result_int(),
            kNotThere);
  EXPECT_TRUE(Becomes(used, 0));
  Client malformed(port());
  malformed.SendRaw(absl::StrCat("POST ", kCreate,
                                 " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer users/a test.read"
                                 "\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n",
                                 std::string(0x8000, ' '), "\r\nzz\r\n"));
  EXPECT_EQ(malformed.Read().result_int(), 400u);
  EXPECT_TRUE(Becomes(used, 0));
}

TEST_F(AdmissionTest, UploadsAtOnceHaveALimit) {
  std::vector<std::unique_ptr<Client>> sending;
  for (size_t i = 0; i < kMaxUploads; ++i) {
    sending.push_back(std::make_unique<Client>(port()));
    sending.back()->SendRaw(Head(kUpload, 1'000'000) + std::string(1000, 'x'));
  }
  const auto uploads = [this] { return door_->uploads().load(); };
  ASSERT_TRUE(Becomes(uploads, kMaxUploads));
  Client client(port());
  const Response full = client.Call("POST", kUpload, "x");
  ExpectError(full, 429, "TOO_MANY_UPLOADS");
  EXPECT_EQ(full["Retry-After"], "5");
  EXPECT_EQ(client.Call("GET", "/api/test/v1/feed").result_int(), 200u) << "others go on";
  sending.pop_back();
  ASSERT_TRUE(Becomes(uploads, kMaxUploads - 1));
  EXPECT_EQ(client.Call("POST", kUpload, "x").result_int(), kNotThere);
}

TEST_F(AdmissionTest, ConnectionsOfOneAddressHaveALimit) {
  std::vector<std::unique_ptr<Client>> clients;
  for (size_t i = 0; i < kMaxConnections; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    EXPECT_EQ(clients.back()->Call("GET", "/hello").result_int(), 200u);
  }
  const absl::Time start = absl::Now();
  for (int i = 0; i < 50; ++i) {
    const Response refused = Client(port()).Read();
    ExpectError(refused, 503, "TOO_MANY_CONNECTIONS");
    EXPECT_EQ(refused["Retry-After"], "1");
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(2)) << "whoever comes next must not wait for that";
  clients.pop_back();
  unsigned status = 0;
  for (int i = 0; i < 500 && status != 200; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
    status = Client(port()).Call("GET", "/hello").result_int();
  }
  EXPECT_EQ(status, 200u);
}

TEST_F(AdmissionTest, AddressesAreCountedApart) {
  OpenConnections connections;
  const auto first = connections.Enter("192.0.2.1", 3, 2);
  auto second = connections.Enter("192.0.2.1", 3, 2);
  EXPECT_EQ(connections.Enter("192.0.2.1", 3, 2), nullptr);
  const auto other = connections.Enter("192.0.2.2", 3, 2);
  EXPECT_NE(other, nullptr);
  EXPECT_EQ(connections.Enter("192.0.2.3", 3, 2), nullptr) << "all places are taken";
  second.reset();
  EXPECT_NE(connections.Enter("192.0.2.1", 3, 2), nullptr);
}

}  // namespace
}  // namespace regulars::gateway
