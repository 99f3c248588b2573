#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "gateway/domain/passwords.h"
#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Stub = v1::SessionService::Stub;

constexpr char kSignInMethod[] = "regulars.access.v1.SessionService.SignIn";
constexpr char kRefreshMethod[] = "regulars.access.v1.SessionService.RefreshToken";

class SessionsTest : public AccessTest {
 protected:
  absl::Status SignOut(const std::string& refresh_token, bool everywhere = false) {
    v1::SignOutRequest request;
    request.set_refresh_token(refresh_token);
    request.set_everywhere(everywhere);
    return Do(&Stub::SignOut, request).status();
  }
  absl::StatusOr<v1::Principal> WhoAmI(const std::string& token) {
    return Do(&Stub::WhoAmI, v1::WhoAmIRequest(), token);
  }
};

TEST_F(SessionsTest, ASignedInUserHasATokenThatServicesTake) {
  ASSERT_OK_AND_ASSIGN(const v1::User user,
                       MakeUser("anna@example.com", {"roles/support"}, {"s1"}));
  server_.clock().Advance(absl::Minutes(1));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("Anna@EXAMPLE.com"));
  ASSERT_OK_AND_ASSIGN(const auth::Caller caller, Verify(pair.access_token()));
  EXPECT_EQ(caller.principal, user.name());
  EXPECT_THAT(caller.scopes, ElementsAre("customer.read", "customer.write"));
  EXPECT_THAT(caller.realms, ElementsAre("s1"));
  EXPECT_EQ(caller.expiry, server_.clock().Now() + absl::Minutes(15));
  EXPECT_EQ(pair.expire_time().seconds(), absl::ToUnixSeconds(caller.expiry));
  EXPECT_EQ(pair.refresh_expire_time().seconds(),
            absl::ToUnixSeconds(server_.clock().Now() + absl::Hours(24 * 7)));
  EXPECT_EQ(pair.principal().name(), user.name());
  EXPECT_EQ(pair.principal().kind(), v1::Principal::KIND_USER);
  EXPECT_EQ(pair.principal().display_name(), "Name of anna@example.com");
  EXPECT_THAT(pair.principal().scopes(), ElementsAre("customer.read", "customer.write"));
  EXPECT_THAT(pair.principal().stores(), ElementsAre("s1"));
  EXPECT_FALSE(pair.principal().password_expired());
  ASSERT_OK_AND_ASSIGN(const v1::User after, GetUser(user.name()));
  EXPECT_EQ(after.last_sign_in_time().seconds(), absl::ToUnixSeconds(server_.clock().Now()));
  EXPECT_EQ(after.etag(), user.etag()) << "signing in is no change of the user";
}

TEST_F(SessionsTest, EveryWayOfNotKnowingThePasswordHasOneAnswer) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::User fresh, CreateUser("fresh@example.com"));
  const absl::Status wrong = SignIn("anna@example.com", "wrong").status();
  EXPECT_THAT(wrong, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(wrong, HasReason("BAD_CREDENTIALS"));
  EXPECT_EQ(SignIn("nobody@example.com", kPassword).status(), wrong);
  EXPECT_EQ(SignIn("fresh@example.com", "").status(), wrong) << "no password yet";
  EXPECT_EQ(SignIn("", "").status(), wrong);
  EXPECT_EQ(SignIn(std::string(100'000, 'x'), "x").status(), wrong);
  EXPECT_EQ(SignIn("anna@example.com' OR 1=1 --", "x").status(), wrong);
  EXPECT_THAT(SignIn("anna@example.com", std::string(201, 'x')), HasReason("PASSWORD_TOO_LONG"));
  EXPECT_THAT(AuditOf(kSignInMethod),
              ElementsAre(Pair(user.name(), "BAD_CREDENTIALS"), Pair("", "BAD_CREDENTIALS"),
                          Pair(fresh.name(), "BAD_CREDENTIALS"), Pair("", "BAD_CREDENTIALS"),
                          Pair("", "BAD_CREDENTIALS"), Pair("", "BAD_CREDENTIALS")));
}

TEST_F(SessionsTest, WhoGuessesMustWait) {
  ASSERT_OK(MakeUser("anna@example.com"));
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(SignIn("anna@example.com", "wrong"), HasReason("BAD_CREDENTIALS")) << i;
  }
  const absl::Status blocked = SignIn("ANNA@example.com").status();
  EXPECT_THAT(blocked, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(blocked, HasReason("TOO_MANY_ATTEMPTS"));
  EXPECT_EQ(GetErrorDetails(blocked).retry_after, absl::Seconds(15));
  EXPECT_THAT(AuditOf(kSignInMethod), ::testing::SizeIs(5)) << "who must wait is not counted";
  server_.clock().Advance(absl::Seconds(15));
  EXPECT_OK(SignIn("anna@example.com"));
  // Whoever knows the password starts afresh.
  EXPECT_THAT(SignIn("anna@example.com", "wrong"), HasReason("BAD_CREDENTIALS"));
  EXPECT_OK(SignIn("anna@example.com"));
}

TEST_F(SessionsTest, AStrangerDoesNotKeepAUserOut) {
  ASSERT_OK(MakeUser("anna@example.com"));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(SignIn("anna@example.com", "wrong").ok());
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("TOO_MANY_ATTEMPTS"));
  source_ = "198.51.100.1";
  EXPECT_OK(SignIn("anna@example.com"));
}

// Behind a proxy that the gateway does not know of, all come from its machine.
TEST_F(SessionsTest, AStrangerDoesNotKeepOutWhoSharesAnUncountedSource) {
  ASSERT_OK(MakeUser("anna@example.com"));
  for (const char* source : {"", "127.0.0.1", "::1", "::ffff:127.0.0.1"}) {
    source_ = source;
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(SignIn("anna@example.com", "wrong").ok());
    EXPECT_OK(SignIn("anna@example.com")) << "'" << source << "'";
  }
}

TEST_F(SessionsTest, GuessingFromAnUncountedSourceIsBoundedForTheAddressTried) {
  ASSERT_OK(MakeUser("anna@example.com"));
  source_ = "127.0.0.1";
  for (int i = 0; i < 51; ++i) {
    EXPECT_THAT(SignIn("anna@example.com", "wrong"), HasReason("BAD_CREDENTIALS")) << i;
  }
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("TOO_MANY_ATTEMPTS"));
}

TEST_F(SessionsTest, ManyStrangersMustWaitTogether) {
  ASSERT_OK(MakeUser("anna@example.com"));
  for (int i = 0; i < 51; ++i) {
    source_ = absl::StrCat("192.0.2.", i);
    EXPECT_THAT(SignIn("anna@example.com", "wrong"), HasReason("BAD_CREDENTIALS")) << i;
  }
  source_ = "198.51.100.1";
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("TOO_MANY_ATTEMPTS"));
  server_.clock().Advance(absl::Seconds(15));
  EXPECT_OK(SignIn("anna@example.com"));
}

TEST_F(SessionsTest, WaitingDoesNotTellWhoExists) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(SignIn("nobody@example.com", "wrong").ok());
  EXPECT_THAT(SignIn("nobody@example.com"), HasReason("TOO_MANY_ATTEMPTS"));
}

TEST_F(SessionsTest, ASourceThatTriesManyAddressesMustWait) {
  ASSERT_OK(MakeUser("anna@example.com"));
  for (int i = 0; i < 21; ++i) {
    EXPECT_THAT(SignIn(absl::StrCat("u", i, "@example.com"), "wrong"),
                HasReason("BAD_CREDENTIALS"));
  }
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("TOO_MANY_ATTEMPTS"));
  source_ = "192.0.2.8";
  EXPECT_OK(SignIn("anna@example.com")) << "from elsewhere";
  source_ = kSource;
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("TOO_MANY_ATTEMPTS"))
      << "one's own account is no way out";
  server_.clock().Advance(absl::Seconds(15));
  EXPECT_OK(SignIn("anna@example.com"));
}

TEST_F(SessionsTest, RefreshTokensFollowOneAnother) {
  ASSERT_OK(MakeUser("anna@example.com", {"roles/analyst"}));
  ASSERT_OK_AND_ASSIGN(v1::TokenPair pair, SignIn("anna@example.com"));
  for (int i = 0; i < 3; ++i) {
    server_.clock().Advance(absl::Minutes(14));
    const std::string before = pair.refresh_token();
    ASSERT_OK_AND_ASSIGN(pair, Refresh(before));
    EXPECT_NE(pair.refresh_token(), before);
    EXPECT_OK(Verify(pair.access_token()));
  }
}

TEST_F(SessionsTest, ATokenUsedTwiceEndsTheSession) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair first, SignIn("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair other, SignIn("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair second, Refresh(first.refresh_token()));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair third, Refresh(second.refresh_token()));
  const absl::Status reused = Refresh(first.refresh_token()).status();
  EXPECT_THAT(reused, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(reused, HasReason("BAD_REFRESH_TOKEN"));
  EXPECT_THAT(Refresh(third.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  EXPECT_OK(Refresh(other.refresh_token())) << "another session goes on";
  EXPECT_THAT(AuditOf(kRefreshMethod),
              ElementsAre(Pair("", "OK"), Pair("", "OK"), Pair(user.name(), "REFRESH_TOKEN_REUSED"),
                          Pair("", "OK")));
}

TEST_F(SessionsTest, ARefreshThatFailsLeavesTheTokenGood) {
  ASSERT_OK(MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
  ASSERT_OK(BreakAudit(kRefreshMethod));
  EXPECT_THAT(Refresh(pair.refresh_token()), HasReason("STORE_ERROR"));
  ASSERT_OK(MendAudit());
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair next, Refresh(pair.refresh_token()));
  EXPECT_OK(Refresh(next.refresh_token()));
  EXPECT_THAT(AuditOf(kRefreshMethod), ElementsAre(Pair("", "OK"), Pair("", "OK")));
}

TEST_F(SessionsTest, OfManyWhoUseATokenAtOnceOneWinsAndAllLose) {
  ASSERT_OK(MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
  std::atomic<int> won{0};
  std::vector<std::string> next(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto got = Refresh(pair.refresh_token());
      if (got.ok()) next[i] = got->refresh_token();
      won += got.ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  for (const std::string& token : next) {
    EXPECT_TRUE(token.empty() || !Refresh(token).ok());
  }
}

TEST_F(SessionsTest, MadeUpTokensEndNothing) {
  ASSERT_OK(MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
  for (const std::string& bad : {std::string(), std::string("rgr_"), std::string("x"),
                                 absl::StrCat("rgr_", std::string(64, 'A')), pair.access_token(),
                                 pair.refresh_token() + "A", pair.refresh_token().substr(4)}) {
    EXPECT_THAT(Refresh(bad), HasReason("BAD_REFRESH_TOKEN")) << bad;
    EXPECT_OK(SignOut(bad)) << bad;
  }
  EXPECT_OK(Refresh(pair.refresh_token()));
}

TEST_F(SessionsTest, SessionsEnd) {
  ASSERT_OK(MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(v1::TokenPair idle, SignIn("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(v1::TokenPair busy, SignIn("anna@example.com"));
  // A week unused.
  server_.clock().Advance(absl::Hours(24 * 6));
  ASSERT_OK_AND_ASSIGN(busy, Refresh(busy.refresh_token()));
  server_.clock().Advance(absl::Hours(24));
  EXPECT_THAT(Refresh(idle.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  // Thirty days in all.
  for (int day = 7; day < 29; day += 2) {
    ASSERT_OK_AND_ASSIGN(busy, Refresh(busy.refresh_token()));
    server_.clock().Advance(absl::Hours(48));
  }
  ASSERT_OK_AND_ASSIGN(busy, Refresh(busy.refresh_token()));
  EXPECT_EQ(busy.refresh_expire_time().seconds(),
            absl::ToUnixSeconds(server_.clock().Now() + absl::Hours(24)));
  server_.clock().Advance(absl::Hours(24));
  EXPECT_THAT(Refresh(busy.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  ASSERT_OK(access_->Maintain());
  EXPECT_EQ(CountRows("session"), 0);
}

TEST_F(SessionsTest, SigningOut) {
  ASSERT_OK(MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair a, SignIn("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair b, SignIn("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair c, SignIn("anna@example.com"));
  EXPECT_OK(SignOut(a.refresh_token()));
  EXPECT_OK(SignOut(a.refresh_token()));
  EXPECT_THAT(Refresh(a.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair b2, Refresh(b.refresh_token()));
  // A used token ends its own session and no other.
  EXPECT_OK(SignOut(b.refresh_token(), true));
  EXPECT_THAT(Refresh(b2.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair c2, Refresh(c.refresh_token()));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair d, SignIn("anna@example.com"));
  EXPECT_OK(SignOut(c2.refresh_token(), true));
  EXPECT_THAT(Refresh(d.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  EXPECT_EQ(CountRows("session"), 0);
}

TEST_F(SessionsTest, WhoAmI) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::Principal anna, WhoAmI(user.name() + " customer.read s1"));
  EXPECT_EQ(anna.name(), user.name());
  EXPECT_EQ(anna.kind(), v1::Principal::KIND_USER);
  EXPECT_EQ(anna.display_name(), "Name of anna@example.com");
  EXPECT_THAT(anna.scopes(), ElementsAre("customer.read"));
  EXPECT_THAT(anna.stores(), ElementsAre("s1"));
  ASSERT_OK_AND_ASSIGN(const v1::ApiKey key, CreateApiKey({"customer.read"}));
  ASSERT_OK_AND_ASSIGN(const v1::Principal erp, WhoAmI(key.name() + " *.read"));
  EXPECT_EQ(erp.kind(), v1::Principal::KIND_API_KEY);
  EXPECT_EQ(erp.display_name(), "ERP");
  EXPECT_THAT(erp.scopes(), ElementsAre("customer.read"));
  ASSERT_OK_AND_ASSIGN(const v1::Principal service, WhoAmI("services/loyalty none.none"));
  EXPECT_EQ(service.kind(), v1::Principal::KIND_SERVICE);
  EXPECT_THAT(service.scopes(), IsEmpty());
  EXPECT_THAT(WhoAmI(""), HasReason("TOKEN_MISSING"));
}

TEST_F(SessionsTest, PublicKeysAreForEverybody) {
  ASSERT_OK_AND_ASSIGN(const google::api::HttpBody body,
                       Do(&Stub::GetKeySet, v1::GetKeySetRequest()));
  EXPECT_EQ(body.content_type(), "application/jwk-set+json");
  EXPECT_EQ(body.data(), ReadWhole(key_file()));
  ASSERT_OK_AND_ASSIGN(const auth::KeySet keys, auth::KeySet::Parse(body.data()));
  EXPECT_EQ(keys.size(), 1);
}

TEST_F(SessionsTest, ManySignInsAtOnceKeepNobodyElseWaiting) {
  ASSERT_OK(MakeUser("anna@example.com"));
  constexpr int kCallers = 24;
  std::atomic<int> signed_in{0};
  std::atomic<int> running{kCallers};
  std::vector<std::thread> threads;
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([&] {
      const auto pair = SignIn("anna@example.com");
      signed_in += pair.ok();
      EXPECT_TRUE(pair.ok() || absl::IsResourceExhausted(pair.status())) << pair.status();
      --running;
    });
  }
  // Hashing is neither on the writer's thread nor on gRPC's.
  int written = 0;
  while (running > 0) {
    EXPECT_OK(CreateRole(absl::StrCat("r", written++), {}));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(signed_in, 0);
  EXPECT_GE(written, kCallers / 2);
  EXPECT_EQ(CountRows("session"), static_cast<int64_t>(std::min<size_t>(
                                      static_cast<size_t>(signed_in), kMaxSessionsPerUser)));
}

}  // namespace
}  // namespace regulars::gateway
