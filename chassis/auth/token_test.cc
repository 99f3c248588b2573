#include "chassis/auth/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/auth/test_tokens.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::auth {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::IsOkAndHolds;

TEST(Token, HandMadeTokenOfTheDocumentedFormIsRead) {
  EXPECT_THAT(Verify(GoodToken()),
              IsOkAndHolds(Caller{.principal = "users/7",
                                  .scopes = {"stock.read"},
                                  .expiry = absl::FromUnixSeconds(1'700'000'900)}));
  // Members beyond those that are known are passed over (RFC 7519 §4).
  EXPECT_OK(Verify(AddToClaims(R"("jti":"x","extra":{"a":[1,2,{}]})")));
  // "nbf" may be missing, and members may come in any order and with spaces.
  EXPECT_OK(Verify(ReplaceInClaims(R"("nbf":1700000000,)", "")));
  EXPECT_OK(Verify(ReplaceInHeader(",", " ,\n ")));
}

TEST(Token, WhatIsIssuedIsVerified) {
  const Caller callers[] = {
      {.principal = "keys/k1", .scopes = {"stock.read", "*.write", "price.*"}},
      {.principal = "services/stock"},
      {.principal = "users/Zoë \"quoted\"", .scopes = {"a.b"}, .realms = {"stores/1", "brands/ü"}},
      {.principal = "users/7", .scopes = {"a.b"}, .member = "subjects/9"},
  };
  for (Caller caller : callers) {
    ASSERT_OK_AND_ASSIGN(const std::string token,
                         IssueToken(caller, Rules(), Key(), kTime, absl::Minutes(15)));
    caller.expiry = kTime + absl::Minutes(15);
    EXPECT_THAT(Verify(token), IsOkAndHolds(caller));
  }
}

TEST(Token, IssuingRefusesWhatVerifyingWould) {
  const Caller good = {.principal = "users/7", .scopes = {"stock.read"}};
  const auto issue = [](const Caller& caller, absl::Duration lifetime) {
    return IssueToken(caller, Rules(), Key(), kTime, lifetime);
  };
  EXPECT_OK(issue(good, absl::Seconds(1)));
  EXPECT_OK(issue(good, kMaxTokenLifetime));
  EXPECT_THAT(issue(good, absl::Milliseconds(999)).status(), HasReason("LIFETIME_INVALID"));
  EXPECT_THAT(issue(good, absl::ZeroDuration()).status(), HasReason("LIFETIME_INVALID"));
  EXPECT_THAT(issue(good, kMaxTokenLifetime + absl::Seconds(1)).status(),
              HasReason("LIFETIME_INVALID"));
  const Caller bad[] = {
      {.principal = ""},
      {.principal = "users/\xFF"},
      {.principal = "u", .scopes = {"stock"}},
      {.principal = "u", .scopes = {"stock.read stock.write"}},
      {.principal = "u", .realms = {""}},
      {.principal = "u", .realms = {"stores/\xC3"}},
      {.principal = "u", .member = ""},
  };
  for (const Caller& caller : bad) {
    EXPECT_THAT(issue(caller, absl::Minutes(1)).status(), HasReason("CALLER_INVALID"));
  }
}

TEST(Token, MessagesGiveNothingAway) {
  for (const std::string& token :
       {ReplaceInClaims("1700000900", "1700000001"), ReplaceInClaims("users/7", ""),
        ReplaceInHeader(Key().public_key().id(), "secret-kid")}) {
    const absl::Status status = Verify(token, kTime + absl::Hours(1)).status();
    EXPECT_THAT(std::string(status.message()),
                ::testing::AnyOf("the access token has expired", "the access token is not valid",
                                 "the access token is signed with a key that is not known here"));
  }
}

struct TimeCase {
  const char* name;
  int64_t after_issue_s;
  const char* reason;  // Empty: valid.
};

TEST(Token, TimesHoldWithTheAllowedSkewAndNotASecondMore) {
  // Issued at kNow, not before kNow, ends 900 seconds later; 60 seconds of skew.
  const TimeCase cases[] = {
      {"long before", -3600, "TOKEN_INVALID"},
      {"too early", -61, "TOKEN_INVALID"},
      {"earliest", -60, ""},
      {"at issue", 0, ""},
      {"at its end", 900, ""},
      {"latest", 959, ""},
      {"too late", 960, "TOKEN_EXPIRED"},
      {"long after", 86'400, "TOKEN_EXPIRED"},
  };
  const std::string token = GoodToken();
  const std::string without_nbf = ReplaceInClaims(R"("nbf":1700000000,)", "");
  const std::string late_nbf = ReplaceInClaims(R"("nbf":1700000000)", R"("nbf":1700000100)");
  const std::string late_iat = ReplaceInClaims(R"("iat":1700000000)", R"("iat":1700000100)");
  for (const TimeCase& c : cases) {
    const absl::Time now = kTime + absl::Seconds(c.after_issue_s);
    for (const std::string& each : {token, without_nbf}) {
      if (*c.reason == '\0') {
        EXPECT_OK(Verify(each, now)) << c.name;
      } else {
        EXPECT_THAT(Verify(each, now).status(), HasReason(c.reason)) << c.name;
      }
    }
  }
  for (const std::string& each : {late_nbf, late_iat}) {
    EXPECT_THAT(Verify(each, kTime + absl::Seconds(39)).status(), HasReason("TOKEN_INVALID"));
    EXPECT_OK(Verify(each, kTime + absl::Seconds(40)));
  }
  EXPECT_OK(Verify(token, kTime + absl::Seconds(960) - absl::Microseconds(1)));
}

TEST(Token, KeysOverlapWhileTheyRotate) {
  const Caller caller = {.principal = "users/7"};
  const SigningKey next = SigningKey::Generate();
  ASSERT_OK_AND_ASSIGN(const std::string old_token,
                       IssueToken(caller, Rules(), Key(), kTime, absl::Minutes(15)));
  ASSERT_OK_AND_ASSIGN(const std::string new_token,
                       IssueToken(caller, Rules(), next, kTime, absl::Minutes(15)));
  const auto verify = [](absl::string_view token, const KeySet& keys) {
    return VerifyToken(token, Rules(), keys, kTime);
  };
  const KeySet before({Key().public_key()});
  EXPECT_OK(verify(old_token, before));
  EXPECT_THAT(verify(new_token, before).status(), HasReason("TOKEN_UNKNOWN_KEY"));
  const KeySet both({Key().public_key(), next.public_key()});
  EXPECT_OK(verify(old_token, both));
  EXPECT_OK(verify(new_token, both));
  const KeySet after({next.public_key()});
  EXPECT_THAT(verify(old_token, after).status(), HasReason("TOKEN_UNKNOWN_KEY"));
  EXPECT_OK(verify(new_token, after));
  EXPECT_THAT(verify(old_token, KeySet()).status(), HasReason("TOKEN_UNKNOWN_KEY"));
}

TEST(Token, LengthsUpToTheLimitWorkBothWays) {
  Caller caller = {.principal = "users/7"};
  size_t longest = 0;
  for (;;) {
    caller.realms.push_back(absl::StrCat("stores/", caller.realms.size()));
    const auto token = IssueToken(caller, Rules(), Key(), kTime, absl::Minutes(15));
    if (!token.ok()) {
      EXPECT_THAT(token.status(), HasReason("TOKEN_TOO_LONG"));
      break;
    }
    longest = token->size();
    ASSERT_OK(Verify(*token));
  }
  EXPECT_LE(longest, kMaxTokenBytes);
  EXPECT_GT(longest, kMaxTokenBytes - 30);
}

}  // namespace
}  // namespace regulars::auth
