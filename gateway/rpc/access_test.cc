#include "gateway/rpc/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "absl/time/clock.h"
#include "chassis/testing/temp_store.h"
#include "gateway/rpc/access_fixture.h"
#include "gateway/rpc/first_start.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

int ModeOf(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 0777) : -1;
}

class FirstStartTest : public AccessTest {
 protected:
  bool FileGoes() {
    for (int i = 0; i < 10'000; ++i) {
      if (!std::filesystem::exists(password_file())) return true;
      absl::SleepFor(absl::Milliseconds(1));
    }
    return false;
  }
};

TEST_F(FirstStartTest, OneAdministratorWithAPasswordInAFile) {
  ASSERT_EQ(access_->first_password_file(), password_file());
  EXPECT_EQ(ModeOf(password_file()), 0600);
  EXPECT_EQ(CountRows("user_account"), 1);
  const std::string once = FirstPassword();
  EXPECT_EQ(once.size(), 23);
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn(kFirstAdminEmail, once));
  EXPECT_TRUE(pair.principal().password_expired());
  ASSERT_OK_AND_ASSIGN(const auth::Caller caller, Verify(pair.access_token()));
  EXPECT_TRUE(caller.scopes.empty());
  EXPECT_TRUE(std::filesystem::exists(password_file())) << "until there is another password";
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair changed,
                       ChangePassword(pair.principal().name(), once, kPassword));
  EXPECT_TRUE(FileGoes()) << "a moment after the commit";
  EXPECT_EQ(access_->first_password_file(), std::nullopt);
  ASSERT_OK_AND_ASSIGN(const auth::Caller admin, Verify(changed.access_token()));
  EXPECT_TRUE(auth::HasScope(admin, "access.admin"));
}

TEST_F(FirstStartTest, TheFileStaysWhereThePasswordCouldNotBeChanged) {
  const std::string once = FirstPassword();
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn(kFirstAdminEmail, once));
  ASSERT_OK(BreakAudit("regulars.access.v1.SessionService.ChangePassword"));
  EXPECT_FALSE(ChangePassword(pair.principal().name(), once, kPassword).ok());
  ASSERT_OK(MendAudit());
  ASSERT_OK(access_->Maintain());
  EXPECT_EQ(FirstPassword(), once);
  EXPECT_OK(SignIn(kFirstAdminEmail, once));
}

TEST_F(FirstStartTest, ThePasswordDoesNotEnd) {
  server_.clock().Advance(absl::Hours(24 * 365));
  EXPECT_OK(SignIn(kFirstAdminEmail, FirstPassword()));
}

TEST_F(FirstStartTest, TheFileGoesWhenItOpensNothing) {
  ASSERT_OK_AND_ASSIGN(const v1::TokenPair pair, SignIn(kFirstAdminEmail, FirstPassword()));
  ASSERT_OK(access_->Maintain());
  EXPECT_TRUE(std::filesystem::exists(password_file()));
  ASSERT_OK(ResetPassword(pair.principal().name()));
  EXPECT_TRUE(FileGoes());
}

TEST_F(FirstStartTest, SecretsAreForTheOwnerAndPublicKeysForAll) {
  const std::string store = server_.store().path();
  EXPECT_EQ(ModeOf(store), 0600);
  EXPECT_EQ(ModeOf(store + "-wal"), 0600);
  EXPECT_EQ(ModeOf(key_file()), 0644);
}

// The same over a store that is closed and opened again.
class RestartTest : public ::testing::Test {
 protected:
  RestartTest() {
    environment_.service = "access";
    environment_.metrics = &metrics_;
    environment_.blocking_pool = &pool_;
  }
  std::unique_ptr<Access> Start() {
    environment_.store = &*store_;
    auto access = Access::Start(environment_, {.key_file = store_.folder() + "/jwks.json"});
    EXPECT_OK(access);
    return *std::move(access);
  }

  testing::TempStore store_{GatewayMigrations()};
  Metrics metrics_;
  ThreadPool pool_{1, 4};
  rpc::Environment environment_;
};

TEST_F(RestartTest, NothingIsMadeTwice) {
  std::unique_ptr<Access> access = Start();
  const std::string password = ReadWhole(*access->first_password_file());
  const std::string keys = ReadWhole(store_.folder() + "/jwks.json");
  access.reset();
  store_.Reopen();
  access = Start();
  EXPECT_EQ(ReadWhole(*access->first_password_file()), password);
  EXPECT_EQ(ReadWhole(store_.folder() + "/jwks.json"), keys);
  EXPECT_OK(store_.Read([](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const int64_t users, CountRows(db, "user_account"));
    ABSL_ASSIGN_OR_RETURN(const int64_t signing, CountRows(db, "signing_key"));
    EXPECT_EQ(users, 1);
    EXPECT_EQ(signing, 1);
    return absl::OkStatus();
  }));
}

TEST_F(RestartTest, AFileLeftByAnEarlierStoreIsWrittenAnew) {
  std::ofstream(FirstPasswordFile(store_.path())) << "password: of another store\n";
  const std::unique_ptr<Access> access = Start();
  EXPECT_EQ(ReadWhole(*access->first_password_file()).find("another store"), std::string::npos);
  EXPECT_EQ(ModeOf(*access->first_password_file()), 0600);
}

TEST_F(RestartTest, SaysWhereItCannotWrite) {
  environment_.store = &*store_;
  std::filesystem::create_directory(FirstPasswordFile(store_.path()) + ".new");
  std::ofstream(FirstPasswordFile(store_.path()) + ".new/in-the-way") << "x";
  EXPECT_THAT(Access::Start(environment_, {}), HasReason("FILE_UNWRITABLE"));
  EXPECT_OK(store_.Read([](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const int64_t users, CountRows(db, "user_account"));
    EXPECT_EQ(users, 0) << "nobody whose password nobody was told";
    return absl::OkStatus();
  }));
}

TEST_F(RestartTest, TheRunnerMaintains) {
  const std::unique_ptr<Access> access = Start();
  TaskRunner runner(*store_);
  ASSERT_OK(access->AddMaintenance(runner));
  std::filesystem::remove(store_.folder() + "/jwks.json");
  runner.Start();
  store_.clock().Advance(Access::kMaintenancePeriod);
  runner.Wake();
  for (int i = 0; i < 500 && !std::filesystem::exists(store_.folder() + "/jwks.json"); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_TRUE(std::filesystem::exists(store_.folder() + "/jwks.json"));
  runner.Stop();
}

}  // namespace
}  // namespace regulars::gateway
