#include "gateway/http/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/http/gzip.h"
#include "gateway/http/http_fixture.h"

namespace regulars::gateway {
namespace {

std::string HeaderOf(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

HttpRequest Get(const std::string& if_none_match) {
  return {.method = "GET", .path = "/page", .headers = {{"If-None-Match", if_none_match}}};
}

TEST(PreparedPage, IsPackedOnce) {
  const std::string body(5000, 'x');
  const PreparedPage page({.content_type = "text/plain", .body = body});
  const HttpResponse first = page.Answer(Get(""));
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.content_type, "text/plain");
  EXPECT_EQ(first.body, body);
  ASSERT_NE(first.packed, nullptr);
  EXPECT_EQ(page.Answer(Get("")).packed, first.packed);
  ASSERT_OK_AND_ASSIGN(const std::string plain, Gunzip(*first.packed, 1 << 20));
  EXPECT_EQ(plain, body);
}

// The SHA-256 of "abc" begins with ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-2, B.1).
TEST(PreparedPage, ItsEtagSavesItsBytes) {
  const PreparedPage page({.content_type = "text/plain", .body = "abc"});
  const std::string tag = "\"ba7816bf8f01cfea414140de5dae2223\"";
  EXPECT_EQ(HeaderOf(page.Answer(Get("")), "ETag"), "W/" + tag);
  const struct {
    std::string if_none_match;
    int status;
  } rows[] = {
      {"W/" + tag, 304},
      {tag, 304},
      {"*", 304},
      {"\"a\", W/" + tag + " ,\"b\"", 304},
      {"\"ba7816bf8f01cfea414140de5dae222\"", 200},
      {"ba7816bf8f01cfea414140de5dae2223", 200},
      {"w/" + tag, 200},
      {"\"*\"", 200},
      {",", 200},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.if_none_match);
    const HttpResponse response = page.Answer(Get(row.if_none_match));
    EXPECT_EQ(response.status, row.status);
    EXPECT_EQ(response.body, row.status == 304 ? "" : "abc");
    EXPECT_EQ(HeaderOf(response, "ETag"), "W/" + tag);
    EXPECT_EQ(HeaderOf(response, "Vary"), row.status == 304 ? "Accept-Encoding" : "");
  }
}

TEST(PreparedPage, OneThatHasMovedHasNoEtag) {
  const PreparedPage page({.location = "/docs"});
  const HttpResponse response = page.Answer(Get("*"));
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(HeaderOf(response, "Location"), "/docs");
  EXPECT_EQ(HeaderOf(response, "ETag"), "");
}

class PageTest : public HttpTest {};

TEST_F(PageTest, ABrowserAsksWhetherItHasChanged) {
  Client client(port());
  for (const char* encoding : {"", "gzip"}) {
    for (const char* method : {"GET", "HEAD"}) {
      SCOPED_TRACE(absl::StrCat(method, " ", encoding));
      const Response page = client.Call("GET", "/long", "", {{"Accept-Encoding", encoding}});
      EXPECT_EQ(page.result_int(), 200u);
      EXPECT_EQ(page["Content-Encoding"], encoding);
      EXPECT_EQ(page["Cache-Control"], "no-cache");
      const std::string etag(page["ETag"]);
      ASSERT_NE(etag, "");
      const Response same = client.Call(method, "/long", "",
                                        {{"Accept-Encoding", encoding}, {"If-None-Match", etag}});
      EXPECT_EQ(same.result_int(), 304u);
      EXPECT_EQ(same["ETag"], etag);
      EXPECT_EQ(same["Cache-Control"], "no-cache");
      EXPECT_EQ(same.count("Content-Length"), 0u);
      EXPECT_EQ(same.count("Content-Encoding"), 0u);
      EXPECT_EQ(same.body(), "");
    }
  }
  EXPECT_EQ(client.Call("GET", "/hello").body(), "hello") << "the connection goes on";
}

}  // namespace
}  // namespace regulars::gateway
