#include "gateway/http/head.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

// The forms of RFC 9112 section 3.2.
TEST(ParseTarget, TakesPathsAndUrls) {
  const struct {
    const char* target;
    const char* path;
    const char* query;
  } rows[] = {
      {"/", "/", ""},
      {"/a/b?c=d", "/a/b", "c=d"},
      {"/a?b?c", "/a", "b?c"},
      {"/?", "/", ""},
      {"//a", "//a", ""},
      {"/http://shop/", "/http://shop/", ""},
      {"http://shop/a?b=http://x/", "/a", "b=http://x/"},
      {"HTTPS://Shop.Example:8443/a", "/a", ""},
      {"http://[::1]:80/a", "/a", ""},
      {"http://shop", "/", ""},
      {"http://shop?a=b", "/", "a=b"},
      {"*", kWholeServer, ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.target);
    ASSERT_OK_AND_ASSIGN(const Target target, ParseTarget("OPTIONS", row.target));
    EXPECT_EQ(target.path, row.path);
    EXPECT_EQ(target.query, row.query);
  }
}

TEST(ParseTarget, RefusesOtherForms) {
  for (const char* bad :
       {"", "*", "shop:443", "a/b", "?a", "ftp://shop/a", "http:/shop/a", "http://", "http:///a",
        "http://?a", "http://user@shop/a", "http://user:secret@shop/", "http://a b/",
        "http://\xff/", "mailto:a@b.example"}) {
    EXPECT_THAT(ParseTarget("GET", bad), HasReason("MALFORMED_TARGET")) << bad;
  }
}

TEST(NamesOtherVersion, TellsVersionsFromRubbish) {
  for (const char* other : {"GET / HTTP/2.0\r\nHost: x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                            "GET / HTTP/1.2\r\n", "GET / HTTP/0.9\r\n", "GET / HTTP/3.0"}) {
    EXPECT_TRUE(NamesOtherVersion(other)) << other;
  }
  for (const char* text : {"", " ", "GET /", "GET / HTTP/1.1\r\nX: HTTP/2.0\r\n",
                           "GET / HTTP/1.0\r\n", "GET / HTTP/1.10\r\n", "GET / HTTP/2\r\n",
                           "GET / HTTP/2.x\r\n", "GET / http/2.0\r\n", "GET / HTTP/2.0 \r\n"}) {
    EXPECT_FALSE(NamesOtherVersion(text)) << text;
  }
}

const Headers::value_type kHost{"Host", "shop"};

TEST(CheckHead, TakesWhatIsClear) {
  const struct {
    const char* name;
    unsigned version;
    Headers headers;
  } rows[] = {
      {"a host", 11, {kHost}},
      {"an empty host", 11, {{"HOST", ""}}},
      {"a port", 11, {{"Host", "shop.example:8080"}}},
      {"IPv6", 11, {{"Host", "[2001:db8::1]:80"}}},
      {"HTTP/1.0", 10, {}},
      {"a token", 11, {kHost, {"Authorization", "Bearer x"}}},
      {"a length", 11, {kHost, {"Content-Length", "5"}}},
      {"chunks", 11, {kHost, {"Transfer-Encoding", "chunked"}}},
      {"chunks in upper case", 11, {kHost, {"TRANSFER-ENCODING", "CHUNKED"}}},
  };
  for (const auto& row : rows) EXPECT_OK(CheckHead(row.version, row.headers)) << row.name;
}

TEST(CheckHead, RefusesWhatIsNot) {
  const struct {
    const char* name;
    unsigned version;
    Headers headers;
    const char* reason;
  } rows[] = {
      {"no host", 11, {{"X", "y"}}, "INVALID_HOST"},
      {"two hosts", 11, {kHost, {"host", "shop"}}, "INVALID_HOST"},
      {"two hosts in HTTP/1.0", 10, {kHost, kHost}, "INVALID_HOST"},
      {"a list of hosts", 11, {{"Host", "a, b"}}, "INVALID_HOST"},
      {"a path as host", 11, {{"Host", "shop/a"}}, "INVALID_HOST"},
      {"a user in the host", 11, {{"Host", "me@shop"}}, "INVALID_HOST"},
      {"two tokens",
       11,
       {kHost, {"Authorization", "Bearer x"}, {"authorization", "Bearer x"}},
       "INVALID_AUTHORIZATION"},
      {"a token and none",
       11,
       {kHost, {"Authorization", "Bearer x"}, {"Authorization", ""}},
       "INVALID_AUTHORIZATION"},
      {"an unknown coding",
       11,
       {kHost, {"Transfer-Encoding", "xchunked"}},
       "INVALID_TRANSFER_ENCODING"},
      {"gzip", 11, {kHost, {"Transfer-Encoding", "gzip, chunked"}}, "INVALID_TRANSFER_ENCODING"},
      {"chunked not last",
       11,
       {kHost, {"Transfer-Encoding", "chunked, identity"}},
       "INVALID_TRANSFER_ENCODING"},
      {"identity", 11, {kHost, {"Transfer-Encoding", "identity"}}, "INVALID_TRANSFER_ENCODING"},
      {"chunked twice",
       11,
       {kHost, {"Transfer-Encoding", "chunked, chunked"}},
       "INVALID_TRANSFER_ENCODING"},
      {"chunked in two headers",
       11,
       {kHost, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
       "INVALID_TRANSFER_ENCODING"},
      {"a parameter",
       11,
       {kHost, {"Transfer-Encoding", "chunked;q=1"}},
       "INVALID_TRANSFER_ENCODING"},
      {"no coding", 11, {kHost, {"Transfer-Encoding", ""}}, "INVALID_TRANSFER_ENCODING"},
      {"in quotes", 11, {kHost, {"Transfer-Encoding", "\"chunked\""}}, "INVALID_TRANSFER_ENCODING"},
      {"chunks and length",
       11,
       {kHost, {"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}},
       "INVALID_TRANSFER_ENCODING"},
      {"chunks in HTTP/1.0", 10, {{"Transfer-Encoding", "chunked"}}, "INVALID_TRANSFER_ENCODING"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(CheckHead(row.version, row.headers), HasReason(row.reason)) << row.name;
  }
}

}  // namespace
}  // namespace regulars::gateway
