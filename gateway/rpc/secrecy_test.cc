// No secret is left lying about: not in the store, in any form of a row, and not in the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "chassis/observe/log.h"
#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

class SecrecyTest : public AccessTest {
 protected:
  // Does everything that deals with secrets, and collects these.
  void UseEverything(std::map<std::string, std::string>& secrets) {
    secrets["first password"] = FirstPassword();
    ASSERT_OK_AND_ASSIGN(const v1::TokenPair first, SignIn("admin@localhost", FirstPassword()));
    ASSERT_OK(ChangePassword(first.principal().name(), FirstPassword(), "admin's own password"));
    secrets["the admin's password"] = "admin's own password";
    ASSERT_OK_AND_ASSIGN(const v1::User user, CreateUser("anna@example.com", {"roles/analyst"}));
    ASSERT_OK_AND_ASSIGN(secrets["one-time password"], ResetPassword(user.name()));
    ASSERT_OK(ChangePassword(user.name(), secrets["one-time password"], kPassword));
    secrets["the user's password"] = kPassword;
    EXPECT_THAT(SignIn("anna@example.com", "a wrong password"), HasReason("BAD_CREDENTIALS"));
    secrets["a wrong password"] = "a wrong password";
    EXPECT_THAT(SignIn("typed-the-password-here", "x"), HasReason("BAD_CREDENTIALS"));
    secrets["what was typed as address"] = "typed-the-password-here";
    ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn("anna@example.com"));
    ASSERT_OK_AND_ASSIGN(const v1::TokenPair next, Refresh(pair.refresh_token()));
    AddTokens("first", pair, secrets);
    AddTokens("next", next, secrets);
    ASSERT_OK_AND_ASSIGN(const v1::ApiKey key, CreateApiKey({"customer.read"}));
    ASSERT_OK_AND_ASSIGN(const auto added, AddSecret(key.name()));
    secrets["secret of a key"] = added.secret();
    ASSERT_OK_AND_ASSIGN(const ClientToken token,
                         access_->IssueClientToken(
                             {.client_id = key.name().substr(8), .client_secret = added.secret()}));
    secrets["a client's token"] = token.access_token;
    EXPECT_THAT(access_->IssueClientToken(
                    {.client_id = key.name().substr(8), .client_secret = "rgs_a-wrong-secret"}),
                HasReason("INVALID_CLIENT"));
    secrets["a wrong secret"] = "rgs_a-wrong-secret";
  }

  static void AddTokens(const std::string& which, const v1::TokenPair& pair,
                        std::map<std::string, std::string>& secrets) {
    secrets[which + " access token"] = pair.access_token();
    secrets[which + " signature"] = pair.access_token().substr(pair.access_token().rfind('.') + 1);
    secrets[which + " refresh token"] = pair.refresh_token();
    // The bytes that the text stands for.
    std::string bytes;
    ASSERT_TRUE(absl::WebSafeBase64Unescape(pair.refresh_token().substr(4), &bytes));
    secrets[which + " session's bytes"] = bytes.substr(0, 16);
    secrets[which + " token's bytes"] = bytes.substr(16);
  }
};

TEST_F(SecrecyTest, NoSecretIsInTheStoreOrTheLog) {
  ASSERT_OK(StartLog("secrecy", "debug"));
  ::testing::internal::CaptureStderr();
  std::map<std::string, std::string> secrets;
  UseEverything(secrets);
  const std::string log = ::testing::internal::GetCapturedStderr();
  ASSERT_OK(StartLog("secrecy", "info"));
  EXPECT_NE(log.find("SessionService.SignIn"), std::string::npos) << "calls are logged";
  // Every byte of every file: tables, indexes, the write-ahead log, what was deleted.
  std::string files;
  int count = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(server_.store().folder())) {
    if (!entry.is_regular_file()) continue;
    files += ReadWhole(entry.path().string());
    ++count;
  }
  EXPECT_GE(count, 3);
  EXPECT_NE(files.find("anna@example.com"), std::string::npos) << "rows can be found so";
  EXPECT_GE(secrets.size(), 15);
  for (const auto& [name, secret] : secrets) {
    ASSERT_GE(secret.size(), 10) << name;
    EXPECT_EQ(files.find(secret), std::string::npos) << name << " is in the store";
    EXPECT_EQ(log.find(secret), std::string::npos) << name << " is in the log";
  }
  EXPECT_EQ(log.find("anna@example.com"), std::string::npos) << "no personal data in the log";
  EXPECT_EQ(log.find("PRIVATE KEY"), std::string::npos);
}

}  // namespace
}  // namespace regulars::gateway
