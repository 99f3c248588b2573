#include "chassis/auth/password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::auth {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::IsOkAndHolds;
using ::regulars::testing::StatusIs;

TEST(PasswordHasher, ReadsWhatTheReferenceImplementationWrote) {
  // From the tests of the reference implementation (P-H-C/phc-winner-argon2, src/test.c).
  const char* const vectors[] = {
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
      "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
  };
  PasswordHasher passwords;
  for (const char* vector : vectors) {
    EXPECT_THAT(passwords.Verify("password", vector), IsOkAndHolds(true)) << vector;
    EXPECT_THAT(passwords.Verify("Password", vector), IsOkAndHolds(false)) << vector;
  }
}

TEST(PasswordHasher, VerifiesItsOwn) {
  PasswordHasher passwords;
  for (const std::string& password :
       {std::string("correct horse"), std::string(), std::string("a\0b", 3), std::string("Zoë ✓"),
        std::string(kMaxPasswordBytes, 'x')}) {
    ASSERT_OK_AND_ASSIGN(const std::string stored, passwords.Hash(password));
    EXPECT_TRUE(absl::StartsWith(stored, "$argon2id$v=19$m=19456,t=2,p=1$")) << stored;
    EXPECT_THAT(passwords.Verify(password, stored), IsOkAndHolds(true));
    EXPECT_THAT(passwords.Verify(password.substr(0, password.size() / 2) + "?", stored),
                IsOkAndHolds(false));
  }
  ASSERT_OK_AND_ASSIGN(const std::string first, passwords.Hash("same"));
  ASSERT_OK_AND_ASSIGN(const std::string second, passwords.Hash("same"));
  EXPECT_NE(first, second);
}

TEST(PasswordHasher, WithoutAStoredHashTheAnswerIsNo) {
  PasswordHasher passwords;
  EXPECT_THAT(passwords.Verify("", std::nullopt), IsOkAndHolds(false));
  EXPECT_THAT(passwords.Verify("password", std::nullopt), IsOkAndHolds(false));
}

TEST(PasswordHasher, RefusesOverlongPasswords) {
  PasswordHasher passwords;
  const std::string password(kMaxPasswordBytes + 1, 'x');
  EXPECT_THAT(passwords.Hash(password).status(), HasReason("PASSWORD_TOO_LONG"));
  EXPECT_THAT(passwords.Verify(password, std::nullopt).status(), HasReason("PASSWORD_TOO_LONG"));
}

struct StoredCase {
  const char* name;
  std::string stored;
};

TEST(PasswordHasher, RefusesStoredHashesThatItCannotRead) {
  const std::string salt = "c29tZXNhbHQ";
  const std::string hash = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  const StoredCase cases[] = {
      {"empty", ""},
      {"plain text", "password"},
      {"other function", "$argon2i$v=19$m=256,t=2,p=1$" + salt + "$" + hash},
      {"other version", "$argon2id$v=16$m=256,t=2,p=1$" + salt + "$" + hash},
      {"no version", "$argon2id$m=256,t=2,p=1$" + salt + "$" + hash},
      {"no parameters", "$argon2id$v=19$$" + salt + "$" + hash},
      {"order of parameters", "$argon2id$v=19$t=2,m=256,p=1$" + salt + "$" + hash},
      {"four parameters", "$argon2id$v=19$m=256,t=2,p=1,x=1$" + salt + "$" + hash},
      {"no passes", "$argon2id$v=19$m=256,t=0,p=1$" + salt + "$" + hash},
      {"negative", "$argon2id$v=19$m=-256,t=2,p=1$" + salt + "$" + hash},
      {"memory beyond bounds", "$argon2id$v=19$m=65537,t=2,p=1$" + salt + "$" + hash},
      {"memory beyond 32 bits", "$argon2id$v=19$m=4294967552,t=2,p=1$" + salt + "$" + hash},
      {"passes beyond bounds", "$argon2id$v=19$m=256,t=11,p=1$" + salt + "$" + hash},
      {"lanes beyond bounds", "$argon2id$v=19$m=256,t=2,p=5$" + salt + "$" + hash},
      {"memory below Argon2's", "$argon2id$v=19$m=7,t=2,p=1$" + salt + "$" + hash},
      {"short salt", "$argon2id$v=19$m=256,t=2,p=1$c29t$" + hash},
      {"short hash", "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$c29tZXNhbHQ"},
      {"no base64", "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$???" + hash},
      {"cut", "$argon2id$v=19$m=256,t=2,p=1$" + salt},
      {"a part too many", "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + hash + "$"},
      {"long", "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + std::string(300, 'A')},
  };
  PasswordHasher passwords;
  for (const StoredCase& c : cases) {
    const auto verified = passwords.Verify("password", c.stored);
    EXPECT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss)) << c.name;
    EXPECT_THAT(verified.status(), HasReason("PASSWORD_HASH_INVALID")) << c.name;
  }
}

TEST(PasswordHasher, ManyAtOnceAreServedOrTurnedAway) {
  PasswordHasher passwords;
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2 * (kMaxPasswordsAtOnce + kMaxPasswordsWaiting); ++i) {
    threads.emplace_back([&] {
      const auto verified = passwords.Verify("x", std::nullopt);
      if (verified.ok()) {
        ++served;
      } else {
        EXPECT_THAT(verified, StatusIs(absl::StatusCode::kResourceExhausted));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(served, kMaxPasswordsAtOnce + kMaxPasswordsWaiting);
}

TEST(PasswordHasher, GivesItsMemoryBack) {
  const auto resident_kib = [] {
    std::ifstream statm("/proc/self/statm");
    int64_t size = 0;
    int64_t resident = 0;
    statm >> size >> resident;
    return resident * sysconf(_SC_PAGESIZE) / 1024;
  };
  PasswordHasher passwords;
  ASSERT_OK(passwords.Hash("warm"));
  const int64_t before = resident_kib();
  for (int i = 0; i < 4; ++i) ASSERT_OK(passwords.Hash("x"));
  EXPECT_LT(resident_kib() - before, int64_t{kPasswordMemoryKib} / 4);
}

}  // namespace
}  // namespace regulars::auth
