#include "chassis/auth/secrets.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/sha256.h"

namespace regulars::auth {
namespace {

TEST(Sha256, FollowsThePublishedVectors) {
  // FIPS 180-4 examples of NIST: "", "abc", two blocks, a million 'a'.
  const struct {
    std::string text;
    const char* digest;
  } cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(absl::BytesToHexString(AsView(Sha256(c.text))), c.digest);
  }
}

TEST(ConstantTimeEquals, ComparesWholeTexts) {
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_TRUE(ConstantTimeEquals(absl::string_view("a\0b", 3), absl::string_view("a\0b", 3)));
  EXPECT_FALSE(ConstantTimeEquals(absl::string_view("a\0b", 3), absl::string_view("a\0c", 3)));
  EXPECT_FALSE(ConstantTimeEquals("abc", "ab"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "xbc"));
}

TEST(Secrets, AreLongRandomAndFindable) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string secret = NewSecret();
    EXPECT_TRUE(absl::StartsWith(secret, kSecretPrefix)) << secret;
    const auto bytes = DecodeBase64Url(secret.substr(kSecretPrefix.size()));
    ASSERT_TRUE(bytes.has_value()) << secret;
    EXPECT_EQ(bytes->size(), kSecretRandomBytes);
    EXPECT_TRUE(seen.insert(secret).second);
  }
}

TEST(Secrets, MatchOnlyTheirOwnHash) {
  const std::string secret = NewSecret();
  const std::string hash = HashSecret(secret);
  EXPECT_EQ(hash.size(), kSha256Bytes);
  EXPECT_TRUE(SecretMatches(secret, hash));
  EXPECT_FALSE(SecretMatches(NewSecret(), hash));
  EXPECT_FALSE(SecretMatches("", hash));
  EXPECT_FALSE(SecretMatches(secret, ""));
  EXPECT_FALSE(SecretMatches(secret, secret));
  EXPECT_EQ(absl::BytesToHexString(HashSecret("abc")).substr(0, 8), "ba7816bf");
}

}  // namespace
}  // namespace regulars::auth
