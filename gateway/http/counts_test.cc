// What is counted of requests: each once, under the code of what it came to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gateway/http/http_fixture.h"

namespace regulars::gateway {
namespace {

using ::testing::HasSubstr;

constexpr char kFeed[] = "/api/test/v1/feed";
constexpr char kSubscribe[] = "/api/test/v1/feed:subscribe";

class CountsTest : public HttpTest {
 protected:
  bool Counts(const std::string& code, int calls) {
    const std::string line =
        absl::StrCat("regulars_calls_total{code=\"", code, "\",method=\"http\"} ", calls, "\n");
    return absl::StrContains(metrics_.Text(), line);
  }
  // A connection that ends is noticed some time later.
  bool SoonCounts(const std::string& code, int calls) {
    const absl::Time end = absl::Now() + absl::Seconds(5);
    while (!Counts(code, calls) && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
    return Counts(code, calls);
  }
};

TEST_F(CountsTest, AnAnswerCountsUnderItsCode) {
  const struct {
    const char* method;
    std::string path;
    const char* code;
  } rows[] = {
      {"GET", "/hello", "OK"},
      {"GET", "/nothing", "NOT_FOUND"},
      {"POST", "/hello", "UNIMPLEMENTED"},
      {"GET", absl::StrCat(kFeed, "?colour=red"), "INVALID_ARGUMENT"},
      {"GET", absl::StrCat(kSubscribe, "?after=5&epoch=other&stopAtHead=true"), "OUT_OF_RANGE"},
      {"GET", "/throwing", "INTERNAL"},
  };
  for (const auto& row : rows) {
    EXPECT_FALSE(Counts(row.code, 1)) << row.path;
    Client(port()).Call(row.method, row.path);
    EXPECT_TRUE(Counts(row.code, 1)) << row.path << "\n" << metrics_.Text();
  }
  Client(port()).Call("GET", kFeed, "", {{"Authorization", "none"}});
  EXPECT_TRUE(Counts("UNAUTHENTICATED", 1)) << metrics_.Text();
}

TEST_F(CountsTest, AStreamOfWhichTheHeadIsAskedForCounts) {
  Publish(1);
  const std::string path = absl::StrCat(kSubscribe, "?stopAtHead=true");
  Client client(port());
  client.SendRaw(absl::StrCat("HEAD ", path,
                              " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                              "Authorization: Bearer users/a test.read\r\n\r\n"));
  EXPECT_THAT(client.ReadAll(), HasSubstr("200 OK"));
  EXPECT_TRUE(SoonCounts("OK", 1)) << metrics_.Text();
}

TEST_F(CountsTest, WhoseClientHasGoneCountsAsCancelled) {
  {
    Client client(port());
    client.SendRaw(absl::StrCat("GET ", kSubscribe, " HTTP/1.1\r\nHost: x\r\n",
                                "Authorization: Bearer users/a test.read\r\n\r\n"));
    client.socket().wait(asio::socket_base::wait_read);  // It has begun.
    client.socket().set_option(asio::socket_base::linger(true, 0));
  }
  EXPECT_TRUE(SoonCounts("CANCELLED", 1)) << metrics_.Text();
}

}  // namespace
}  // namespace regulars::gateway
