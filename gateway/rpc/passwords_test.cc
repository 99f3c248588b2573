#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::IsEmpty;

constexpr char kNewPassword[] = "another good password";

class PasswordsTest : public AccessTest {};

TEST_F(PasswordsTest, AOneTimePasswordOnlyLeadsToANewOne) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, CreateUser("anna@example.com", {"roles/admin"}));
  ASSERT_OK_AND_ASSIGN(const std::string once, ResetPassword(user.name()));
  ASSERT_OK_AND_ASSIGN(const v1::User reset, GetUser(user.name()));
  EXPECT_TRUE(reset.password_expired());
  ASSERT_OK_AND_ASSIGN(v1::TokenPair pair, SignIn("anna@example.com", once));
  EXPECT_TRUE(pair.principal().password_expired());
  EXPECT_THAT(pair.principal().scopes(), IsEmpty());
  ASSERT_OK_AND_ASSIGN(auth::Caller caller, Verify(pair.access_token()));
  EXPECT_THAT(caller.scopes, IsEmpty()) << "an admin's one-time password opens nothing";
  ASSERT_OK_AND_ASSIGN(pair, Refresh(pair.refresh_token()));
  ASSERT_OK_AND_ASSIGN(caller, Verify(pair.access_token()));
  EXPECT_THAT(caller.scopes, IsEmpty());
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair changed,
                       ChangePassword(user.name(), once, kNewPassword));
  EXPECT_FALSE(changed.principal().password_expired());
  ASSERT_OK_AND_ASSIGN(caller, Verify(changed.access_token()));
  EXPECT_TRUE(auth::HasScope(caller, "access.admin"));
  EXPECT_OK(Refresh(changed.refresh_token()));
  EXPECT_THAT(Refresh(pair.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  EXPECT_THAT(SignIn("anna@example.com", once), HasReason("BAD_CREDENTIALS"));
  EXPECT_OK(SignIn("anna@example.com", kNewPassword));
}

TEST_F(PasswordsTest, AOneTimePasswordEndsAfterAWeek) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, CreateUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const std::string once, ResetPassword(user.name()));
  server_.clock().Advance(absl::Hours(24 * 7) - absl::Seconds(1));
  EXPECT_OK(SignIn("anna@example.com", once));
  server_.clock().Advance(absl::Seconds(1));
  EXPECT_THAT(SignIn("anna@example.com", once), HasReason("BAD_CREDENTIALS"));
  EXPECT_THAT(ChangePassword(user.name(), once, kNewPassword), HasReason("BAD_CREDENTIALS"));
}

TEST_F(PasswordsTest, AResetTakesTheOldPasswordAndAllSessions) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const std::string once, ResetPassword(user.name()));
  ASSERT_OK_AND_ASSIGN(const std::string again, ResetPassword(user.name()));
  EXPECT_NE(once, again);
  EXPECT_THAT(Refresh(pair.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("BAD_CREDENTIALS"));
  EXPECT_THAT(SignIn("anna@example.com", once), HasReason("BAD_CREDENTIALS"));
  EXPECT_OK(SignIn("anna@example.com", again));
}

TEST_F(PasswordsTest, ChangingEndsOtherSessions) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair changed,
                       ChangePassword(user.name(), kPassword, kNewPassword));
  EXPECT_THAT(Refresh(pair.refresh_token()), HasReason("BAD_REFRESH_TOKEN"));
  EXPECT_OK(Refresh(changed.refresh_token()));
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("BAD_CREDENTIALS"));
}

TEST_F(PasswordsTest, AChangeThatFailsLeavesAllAsItWas) {
  constexpr char kMethod[] = "regulars.access.v1.SessionService.ChangePassword";
  ASSERT_OK_AND_ASSIGN(const v1::User user, MakeUser("anna@example.com"));
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
  ASSERT_OK(BreakAudit(kMethod));
  EXPECT_THAT(ChangePassword(user.name(), kPassword, kNewPassword), HasReason("STORE_ERROR"));
  ASSERT_OK(MendAudit());
  EXPECT_OK(Refresh(pair.refresh_token()));
  EXPECT_OK(SignIn("anna@example.com"));
  EXPECT_THAT(SignIn("anna@example.com", kNewPassword), HasReason("BAD_CREDENTIALS"));
  EXPECT_OK(ChangePassword(user.name(), kPassword, kNewPassword));
  EXPECT_OK(SignIn("anna@example.com", kNewPassword));
}

TEST_F(PasswordsTest, Refuses) {
  ASSERT_OK_AND_ASSIGN(const v1::User user, MakeUser("anna@example.com"));
  EXPECT_THAT(ChangePassword(user.name(), kPassword, "too short"), HasReason("WEAK_PASSWORD"));
  EXPECT_THAT(ChangePassword(user.name(), kPassword, kPassword), HasReason("WEAK_PASSWORD"));
  EXPECT_THAT(ChangePassword(user.name(), kPassword, "ANNA@example.com"),
              HasReason("WEAK_PASSWORD"));
  EXPECT_THAT(ChangePassword("services/x", kPassword, kNewPassword), HasReason("NOT_A_USER"));
  EXPECT_THAT(ChangePassword("apiKeys/x", kPassword, kNewPassword), HasReason("NOT_A_USER"));
  EXPECT_THAT(ChangePassword("users/nobody", kPassword, kNewPassword),
              HasReason("BAD_CREDENTIALS"));
  EXPECT_THAT(ChangePassword(user.name(), std::string(5000, 'x'), kNewPassword),
              HasReason("BAD_CREDENTIALS"));
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(ChangePassword(user.name(), "wrong", kNewPassword), HasReason("BAD_CREDENTIALS"));
  }
  const absl::Status blocked = ChangePassword(user.name(), kPassword, kNewPassword).status();
  EXPECT_THAT(blocked, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(blocked, HasReason("TOO_MANY_ATTEMPTS"));
  EXPECT_THAT(SignIn("anna@example.com"), HasReason("TOO_MANY_ATTEMPTS"))
      << "a stolen token is no way around the counter";
}

}  // namespace
}  // namespace regulars::gateway
