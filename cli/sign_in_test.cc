// Signing in where it is refused, and where nobody can be asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSignIn[] = "POST /api/access/v1/session:signIn";
constexpr char kIn15s[] = R"(,{"@type":"x/google.rpc.RetryInfo","retryDelay":"15s"})";

class SignInTest : public ::testing::Test {
 protected:
  int SignIn() {
    const std::string file = world_.folder.File("password");
    std::ofstream(file) << "a password\n";
    return world_.Run({"sign-in", "--server", "crm.example.com", "--email", "ada@example.com",
                       "--password-file", file});
  }

  FakeWorld world_;
  FakeServer& server_ = world_.server;
};

TEST_F(SignInTest, AfterTooManyAttemptsSaysSoAtOnce) {
  server_.Refuse(kSignIn, 429, "TOO_MANY_ATTEMPTS", "RESOURCE_EXHAUSTED", kIn15s);
  const absl::Time before = world_.clock.Now();
  EXPECT_EQ(SignIn(), kRefused);
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("TOO_MANY_ATTEMPTS"), HasSubstr("again in 15s"),
                                  Not(HasSubstr("waiting"))));
  EXPECT_EQ(server_.seen.size(), 1u);
  EXPECT_EQ(world_.clock.Now(), before);
}

TEST_F(SignInTest, ABusyServerIsWaitedForWithARemark) {
  server_.Refuse(kSignIn, 429, "GATE_FULL", "RESOURCE_EXHAUSTED", kIn15s);
  server_.Answer(kSignIn, R"({"accessToken":"t","refreshToken":"r"})");
  EXPECT_EQ(SignIn(), kOk);
  EXPECT_THAT(world_.err(), HasSubstr("waiting 15s: no\n"));
}

TEST_F(SignInTest, OtherCommandsTellThatTheyWait) {
  world_.SignIn();
  server_.Refuse("GET /api/access/v1/session", 429, "RATE_LIMITED", "RESOURCE_EXHAUSTED", kIn15s);
  server_.Answer("GET /api/access/v1/session", R"({"displayName":"Ada"})");
  EXPECT_EQ(world_.Run({"whoami"}), kOk);
  EXPECT_THAT(world_.err(), HasSubstr("waiting 15s: no\n"));
}

TEST_F(SignInTest, WithoutATerminalNamesTheFlags) {
  EXPECT_EQ(world_.Run({"sign-in"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("no terminal to ask on: give --server\n"));
  EXPECT_EQ(world_.Run({"sign-in", "--server", "crm.example.com"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("give --email and --password-file, or --client-id and "
                                      "--client-secret-file\n"));
  EXPECT_EQ(world_.Run({"sign-in", "--server", "crm.example.com", "--email", "a@b.c"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("give --password-file\n"));
  EXPECT_EQ(world_.Run({"sign-in", "--server", "crm.example.com", "--client-id", "k"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("give --client-secret-file\n"));
  EXPECT_THAT(server_.seen, IsEmpty());
  server_.Answer(kSignIn, R"({"accessToken":"once","principal":{"passwordExpired":true}})");
  EXPECT_EQ(SignIn(), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("give --new-password-file\n"));
}

}  // namespace
}  // namespace regulars::cli
