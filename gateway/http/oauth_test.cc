#include "gateway/http/oauth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::testing::HasSubstr;

constexpr char kGrant[] = "grant_type=client_credentials";

std::string HeaderOf(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

class OAuthTest : public AccessTest {
 protected:
  OAuthTest() : endpoint_(TokenEndpoint(*access_)) {
    const auto key = CreateApiKey({"customer.read"});
    EXPECT_OK(key);
    const auto added = AddSecret(key->name());
    EXPECT_OK(added);
    id_ = key->name().substr(std::string("apiKeys/").size());
    secret_ = added->secret();
  }

  std::string Basic() const {
    return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(id_, ":", secret_)));
  }
  HttpResponse Ask(const std::string& form, const std::string& authorization = "") {
    HttpRequest request{.method = "POST", .path = "/oauth/token", .body = form};
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    request.remote_address = kSource;
    return endpoint_(request);
  }

  Handler endpoint_;
  std::string id_;
  std::string secret_;
};

// RFC 6749 §2.3.1: either way of authenticating; §5.1: the answer is in no cache, not in an old one
// either.
TEST_F(OAuthTest, AClientAuthenticatesByBasicOrByTheForm) {
  const std::string in_form = absl::StrCat(kGrant, "&client_id=", id_, "&client_secret=", secret_);
  for (const HttpResponse& answer :
       {Ask(kGrant, Basic()), Ask(in_form), Ask(absl::StrCat(kGrant, "&client_id=", id_), Basic()),
        Ask(absl::StrCat(kGrant, "&client_id=&client_secret="), Basic())}) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr("\"token_type\":\"Bearer\""));
    EXPECT_EQ(HeaderOf(answer, "Pragma"), "no-cache");
  }
}

TEST_F(OAuthTest, WhatIsRefusedHasTheWordOfRfc6749) {
  const std::string secret = absl::StrCat("&client_secret=", secret_);
  const struct {
    const char* name;
    std::string form;
    std::string authorization;
    int status;
    const char* error;
  } rows[] = {
      {"nothing", "", "", 400, "invalid_request"},
      {"no grant type", "scope=customer.read", Basic(), 400, "invalid_request"},
      {"a grant type without a value", "grant_type=", Basic(), 400, "invalid_request"},
      {"another grant type", "grant_type=password", Basic(), 400, "unsupported_grant_type"},
      {"a grant type twice", absl::StrCat(kGrant, "&", kGrant), Basic(), 400, "invalid_request"},
      {"Basic and a form", absl::StrCat(kGrant, "&client_id=", id_, secret), Basic(), 400,
       "invalid_request"},
      {"Basic and a secret", kGrant + secret, Basic(), 400, "invalid_request"},
      {"two clients", absl::StrCat(kGrant, "&client_id=other"), Basic(), 400, "invalid_request"},
      {"no client", kGrant, "", 401, "invalid_client"},
      {"a wrong secret", absl::StrCat(kGrant, "&client_id=", id_, "&client_secret=x"), "", 401,
       "invalid_client"},
      {"a scope too many", absl::StrCat(kGrant, "&scope=customer.write"), Basic(), 400,
       "invalid_scope"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const HttpResponse answer = Ask(row.form, row.authorization);
    EXPECT_EQ(answer.status, row.status) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(absl::StrCat("{\"error\":\"", row.error, "\"")));
    // RFC 7617 §2: a challenge says which realm.
    EXPECT_EQ(HeaderOf(answer, "WWW-Authenticate"),
              row.status == 401 ? "Basic realm=\"regulars\"" : "");
  }
}

}  // namespace
}  // namespace regulars::gateway
