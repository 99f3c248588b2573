#include "gateway/routing/matcher.h"

#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;

// Routes as "GET /v1/{name=a/*}".
class MatcherTest : public ::testing::Test {
 protected:
  void Build(const std::vector<std::string>& routes) {
    routes_ = routes;
    Matcher::Builder builder;
    for (size_t i = 0; i < routes.size(); ++i) {
      const std::pair<std::string, std::string> parts = absl::StrSplit(routes[i], ' ');
      ASSERT_OK_AND_ASSIGN(const Template path, ParseTemplate(parts.second));
      ASSERT_OK(builder.Add(parts.first, path, i));
    }
    matcher_ = std::move(builder).Build();
  }

  // "GET /v1/{name=a/*} [a/1]", "404", "405 GET HEAD OPTIONS" or "400".
  std::string Find(absl::string_view method, absl::string_view path) {
    const RouteMatch match = matcher_.Find(method, path);
    switch (match.outcome) {
      case RouteMatch::Outcome::kFound:
        break;
      case RouteMatch::Outcome::kNotFound:
        return "404";
      case RouteMatch::Outcome::kMethodNotAllowed:
        return absl::StrCat("405 ", absl::StrJoin(match.allow, " "));
      case RouteMatch::Outcome::kMalformed:
        return "400";
    }
    std::string out = routes_[match.route];
    for (const std::string& value : match.values) absl::StrAppend(&out, " [", value, "]");
    return out;
  }

  std::vector<std::string> routes_;
  Matcher matcher_;
};

TEST_F(MatcherTest, LiteralThenOneThenRest) {
  Build(
      {"GET /v1/a/b", "GET /v1/a/*", "GET /v1/*/b", "GET /v1/**", "GET /v1/a/**", "GET /v1/a/b/c"});
  EXPECT_EQ(Find("GET", "/v1/a/b"), "GET /v1/a/b");
  EXPECT_EQ(Find("GET", "/v1/a/x"), "GET /v1/a/*");
  EXPECT_EQ(Find("GET", "/v1/x/b"), "GET /v1/*/b");
  EXPECT_EQ(Find("GET", "/v1/x/y"), "GET /v1/**");
  EXPECT_EQ(Find("GET", "/v1/a/b/c"), "GET /v1/a/b/c");
  EXPECT_EQ(Find("GET", "/v1/a/b/d"), "GET /v1/a/**");
  EXPECT_EQ(Find("GET", "/v2/a"), "404");
}

TEST_F(MatcherTest, GoesBackWhereAChoiceLeadsNowhere) {
  Build({"GET /a/b/c/d", "GET /a/*/c/e", "GET /*/b/c/f", "GET /**"});
  EXPECT_EQ(Find("GET", "/a/b/c/d"), "GET /a/b/c/d");
  EXPECT_EQ(Find("GET", "/a/b/c/e"), "GET /a/*/c/e");
  EXPECT_EQ(Find("GET", "/a/b/c/f"), "GET /*/b/c/f");
  EXPECT_EQ(Find("GET", "/a/b/c/g"), "GET /**");
}

TEST_F(MatcherTest, GoesBackForTheMethodToo) {
  Build({"POST /v1/customers/me", "GET /v1/customers/{id}"});
  EXPECT_EQ(Find("GET", "/v1/customers/me"), "GET /v1/customers/{id} [me]");
  EXPECT_EQ(Find("DELETE", "/v1/customers/me"), "405 GET HEAD OPTIONS POST");
}

TEST_F(MatcherTest, RestTakesZeroOrMoreSegments) {
  Build({"GET /v1/{name=files/**}", "GET /v2/{name=**}"});
  EXPECT_EQ(Find("GET", "/v1/files"), "GET /v1/{name=files/**} [files]");
  EXPECT_EQ(Find("GET", "/v1/files/a"), "GET /v1/{name=files/**} [files/a]");
  EXPECT_EQ(Find("GET", "/v1/files/a/b/c"), "GET /v1/{name=files/**} [files/a/b/c]");
  EXPECT_EQ(Find("GET", "/v2"), "GET /v2/{name=**} []");
  EXPECT_EQ(Find("GET", "/v2/x/y"), "GET /v2/{name=**} [x/y]");
}

TEST_F(MatcherTest, EmptySegmentsMatchNothing) {
  Build({"GET /v1/*", "GET /v2/**", "GET /v3/a"});
  for (const char* path :
       {"/v1/", "/v1//", "/v2/", "/v2/a//b", "/v2/a/", "/v3/a/", "//v3/a", "/"}) {
    EXPECT_EQ(Find("GET", path), "404") << path;
  }
  EXPECT_EQ(Find("GET", ""), "400");
  EXPECT_EQ(Find("GET", "v3/a"), "400");
}

TEST_F(MatcherTest, VerbsAreKnownOrPartOfTheSegment) {
  Build({"GET /v1/{name=a/*}", "POST /v1/{name=a/*}:cancel", "POST /v1/a:batch",
         "GET /v2/{name=**}", "GET /v2/{name=**}:read"});
  EXPECT_EQ(Find("POST", "/v1/a/1:cancel"), "POST /v1/{name=a/*}:cancel [a/1]");
  EXPECT_EQ(Find("POST", "/v1/a:batch"), "POST /v1/a:batch");
  EXPECT_EQ(Find("GET", "/v1/a/1:other"), "GET /v1/{name=a/*} [a/1:other]");
  EXPECT_EQ(Find("GET", "/v1/a/x:1:2"), "GET /v1/{name=a/*} [a/x:1:2]");
  EXPECT_EQ(Find("POST", "/v1/a/x:1:cancel"), "POST /v1/{name=a/*}:cancel [a/x:1]");
  // A known verb is never read as part of a name, whatever the method.
  EXPECT_EQ(Find("GET", "/v1/a/1:cancel"), "405 OPTIONS POST");
  // An encoded colon is no verb.
  EXPECT_EQ(Find("GET", "/v1/a/1%3Acancel"), "GET /v1/{name=a/*} [a/1:cancel]");
  EXPECT_EQ(Find("GET", "/v1/a/1:"), "GET /v1/{name=a/*} [a/1:]");
  EXPECT_EQ(Find("GET", "/v1/a/:cancel"), "GET /v1/{name=a/*} [a/:cancel]");
  EXPECT_EQ(Find("GET", "/v2/x/y:read"), "GET /v2/{name=**}:read [x/y]");
  EXPECT_EQ(Find("GET", "/v2:read"), "GET /v2/{name=**}:read []");
  EXPECT_EQ(Find("GET", "/v2/x:z/y"), "GET /v2/{name=**} [x:z/y]");
  EXPECT_EQ(Find("POST", "/v1/a/1%2F2:cancel"), "POST /v1/{name=a/*}:cancel [a/1%2F2]");
}

// http.proto: a variable of one segment is decoded whole; of several, "%2F" and "%2f" stay.
TEST_F(MatcherTest, DecodesByTheShapeOfTheVariable) {
  Build({"GET /one/{id}", "GET /named/{id=*}", "GET /many/{name=a/*}", "GET /rest/{name=**}"});
  EXPECT_EQ(Find("GET", "/one/a%2Fb%20c"), "GET /one/{id} [a/b c]");
  EXPECT_EQ(Find("GET", "/named/a%2fb%3A"), "GET /named/{id=*} [a/b:]");
  EXPECT_EQ(Find("GET", "/many/a/b%2Fc%2fd%20e%40f"), "GET /many/{name=a/*} [a/b%2Fc%2fd e@f]");
  EXPECT_EQ(Find("GET", "/rest/x%2Fy/z%20"), "GET /rest/{name=**} [x%2Fy/z ]");
  EXPECT_EQ(Find("GET", "/rest/x"), "GET /rest/{name=**} [x]");
  EXPECT_EQ(Find("GET", "/one/a+b"), "GET /one/{id} [a+b]");
  EXPECT_EQ(Find("GET", "/one/%E2%82%AC"), "GET /one/{id} [\xE2\x82\xAC]");
}

TEST_F(MatcherTest, LiteralsAreComparedDecoded) {
  Build({"GET /v1/a%20b", "GET /v1/customers"});
  EXPECT_EQ(Find("GET", "/v1/a%20b"), "GET /v1/a%20b");
  EXPECT_EQ(Find("GET", "/v1/%63ustomers"), "GET /v1/customers");
  EXPECT_EQ(Find("GET", "/v1%2Fcustomers"), "404");
  EXPECT_EQ(Find("GET", "/v1/Customers"), "404");
  EXPECT_EQ(Find("GET", "/v1/customers%"), "400");
  EXPECT_EQ(Find("GET", "/nowhere/%zz"), "400");
}

TEST_F(MatcherTest, SeveralVariables) {
  Build({"GET /v1/messages/{message_id}/{sub.subfield}", "GET /v1/{a=x/*}/y/{b=z/**}:w"});
  EXPECT_EQ(Find("GET", "/v1/messages/123/foo"),
            "GET /v1/messages/{message_id}/{sub.subfield} [123] [foo]");
  EXPECT_EQ(Find("GET", "/v1/x/1/y/z/2/3:w"), "GET /v1/{a=x/*}/y/{b=z/**}:w [x/1] [z/2/3]");
}

TEST_F(MatcherTest, MethodsAndTheirAllow) {
  Build(
      {"GET /a", "POST /a", "PUT /b", "* /any", "GET /any", "HEAD /head", "GET /head", "LIST /c"});
  EXPECT_EQ(Find("PATCH", "/a"), "405 GET HEAD OPTIONS POST");
  EXPECT_EQ(Find("GET", "/b"), "405 OPTIONS PUT");
  EXPECT_EQ(Find("OPTIONS", "/a"), "405 GET HEAD OPTIONS POST");
  EXPECT_EQ(Find("get", "/a"), "405 GET HEAD OPTIONS POST");
  EXPECT_EQ(Find("LIST", "/c"), "LIST /c");
  EXPECT_EQ(Find("HEAD", "/a"), "GET /a");
  EXPECT_EQ(Find("HEAD", "/head"), "HEAD /head");
  EXPECT_EQ(Find("HEAD", "/any"), "GET /any");
  EXPECT_EQ(Find("GET", "/any"), "GET /any");
  EXPECT_EQ(Find("BREW", "/any"), "* /any");
  EXPECT_EQ(absl::StrJoin(matcher_.Methods("/a"), " "), "GET HEAD OPTIONS POST");
  EXPECT_EQ(absl::StrJoin(matcher_.Methods("/any"), " "), "DELETE GET HEAD OPTIONS PATCH POST PUT");
  EXPECT_EQ(absl::StrJoin(matcher_.Methods("/head"), " "), "GET HEAD OPTIONS");
  EXPECT_TRUE(matcher_.Methods("/none").empty());
  EXPECT_TRUE(matcher_.Methods("/%").empty());
}

TEST_F(MatcherTest, RefusesTemplatesOfOneShape) {
  const struct {
    const char* first;
    const char* second;
    bool ambiguous;
  } rows[] = {
      {"GET /v1/a", "GET /v1/a", true},           {"GET /v1/{x}", "GET /v1/*", true},
      {"GET /v1/{x}", "GET /v1/{y=*}", true},     {"GET /v1/{name=a/*}", "GET /v1/a/{id}", true},
      {"GET /v1/{a=**}", "GET /v1/{b=**}", true}, {"GET /v1/a%20b", "GET /v1/a%20b", true},
      {"POST /v1/a:x", "POST /v1/a:x", true},     {"* /v1/a", "* /v1/a", true},
      {"GET /v1/a", "POST /v1/a", false},         {"GET /v1/a", "* /v1/a", false},
      {"GET /v1/a", "GET /v1/a:x", false},        {"GET /v1/a:x", "GET /v1/a:y", false},
      {"GET /v1/*", "GET /v1/**", false},         {"GET /v1/*/b", "GET /v1/a/*", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(absl::StrCat(row.first, " | ", row.second));
    Matcher::Builder builder;
    absl::Status status;
    for (const char* route : {row.first, row.second}) {
      const std::pair<std::string, std::string> parts = absl::StrSplit(route, ' ');
      ASSERT_OK_AND_ASSIGN(const Template path, ParseTemplate(parts.second));
      status = builder.Add(parts.first, path, 0);
    }
    if (row.ambiguous) {
      EXPECT_THAT(status, HasReason("AMBIGUOUS_ROUTE"));
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists,
                                   ::testing::HasSubstr("matches the same paths as")));
    } else {
      EXPECT_OK(status);
    }
  }
}

// 2^30 ways to choose between the literal and '*', of which none leads anywhere: still instant.
TEST_F(MatcherTest, BacktrackingIsBoundedByTheTrie) {
  std::vector<std::string> routes;
  for (int split = 0; split < 30; ++split) {
    std::string path;
    for (int i = 0; i < 30; ++i) path += i < split ? "/a" : "/*";
    routes.push_back(absl::StrCat("GET ", path, "/end", split));
  }
  Build(routes);
  std::string path;
  for (int i = 0; i < 30; ++i) path += "/a";
  EXPECT_EQ(Find("GET", absl::StrCat(path, "/none")), "404");
  EXPECT_EQ(Find("GET", absl::StrCat(path, "/end0")), routes[0]);
}

}  // namespace
}  // namespace regulars::gateway
