#include "gateway/domain/passwords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

TEST(PasswordsTest, NewPasswords) {
  const auto check = [](absl::string_view password) {
    return CheckNewPassword(password, "the old password", "anna@example.com");
  };
  EXPECT_OK(check("123456789012"));
  EXPECT_OK(check("ünïcödé wörd"));
  EXPECT_OK(check(std::string(200, 'x')));
  const std::string bads[] = {"",
                              "12345678901",
                              "ünïcödé wör",
                              std::string(201, 'x'),
                              "the old password",
                              "Anna@Example.com",
                              std::string(20, '\xff')};
  for (const std::string& bad : bads) {
    const absl::Status status = check(bad);
    EXPECT_THAT(status, HasReason("WEAK_PASSWORD")) << bad;
    EXPECT_EQ(GetErrorDetails(status).violations.at(0).field, "new_password");
  }
}

// Worked by hand: five bits a character from the front, alphabet 0-9 a-z without i, l, o, u.
TEST(PasswordsTest, OneTimePasswords) {
  EXPECT_EQ(OneTimePassword(std::string(16, '\0')), "00000-00000-00000-00000");
  EXPECT_EQ(OneTimePassword(std::string(16, '\xff')), "zzzzz-zzzzz-zzzzz-zzzzz");
  // 00001 00010 00011 00100 00101 00110 00111 01000 is 08 86 42 98 e8.
  EXPECT_EQ(OneTimePassword(absl::StrCat("\x08\x86\x42\x98\xe8", std::string(11, '\0'))),
            "12345-67800-00000-00000");
  // Every one of the first 100 bits counts.
  std::set<std::string> different;
  for (size_t bit = 0; bit < 100; ++bit) {
    std::string random(16, '\0');
    random[bit / 8] = static_cast<char>(0x80 >> bit % 8);
    different.insert(OneTimePassword(random));
  }
  EXPECT_EQ(different.size(), 100);
}

TEST(PasswordsTest, OneTimePasswordsEnd) {
  const absl::Time now = absl::FromUnixSeconds(1000);
  EXPECT_TRUE(StoredPassword{}.Live(now));
  EXPECT_TRUE(StoredPassword{.expire_time = now + absl::Microseconds(1)}.Live(now));
  EXPECT_FALSE(StoredPassword{.expire_time = now}.Live(now));
}

}  // namespace
}  // namespace regulars::gateway
