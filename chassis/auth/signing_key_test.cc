#include "chassis/auth/signing_key.h"

#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/jose_json.h"
#include "chassis/auth/key_set.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::auth {
namespace {

using ::regulars::testing::HasReason;

// RFC 8037 appendix A.1 and A.2.
constexpr char kRfc8037Private[] =
    R"({"kty":"OKP","crv":"Ed25519",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr char kRfc8037Public[] =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
// RFC 8410 §10.1 and §10.3: two halves of one key.
constexpr char kRfc8410Public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kRfc8410Private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";

TEST(Rfc8037, AppendixA1TheKey) {
  ASSERT_OK_AND_ASSIGN(const SigningKey key, SigningKey::Parse(kRfc8037Private));
  EXPECT_EQ(absl::BytesToHexString(key.public_key().bytes()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  // The same 32 bytes as RFC 8032 §7.1, TEST 1.
  ASSERT_OK_AND_ASSIGN(const SigningKey same,
                       SigningKey::FromBytes(absl::HexStringToBytes(
                           "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));
  EXPECT_EQ(same.public_key().bytes(), key.public_key().bytes());
}

TEST(Rfc8037, AppendixA2ThePublicKey) {
  ASSERT_OK_AND_ASSIGN(const KeySet keys,
                       KeySet::Parse(absl::StrCat(R"({"keys":[)", kRfc8037Public, "]}")));
  ASSERT_EQ(keys.size(), 1u);
}

TEST(Rfc8037, AppendixA3TheThumbprint) {
  ASSERT_OK_AND_ASSIGN(const SigningKey key, SigningKey::Parse(kRfc8037Private));
  EXPECT_EQ(key.public_key().id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  EXPECT_EQ(absl::BytesToHexString(*DecodeBase64Url(key.public_key().id())),
            "90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89");
}

TEST(Rfc8037, AppendixA4Signing) {
  ASSERT_OK_AND_ASSIGN(const SigningKey key, SigningKey::Parse(kRfc8037Private));
  const std::string text = absl::StrCat(EncodeBase64Url(R"({"alg":"EdDSA"})"), ".",
                                        EncodeBase64Url("Example of Ed25519 signing"));
  EXPECT_EQ(text, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
  EXPECT_EQ(absl::StrCat(text, ".", EncodeBase64Url(key.Sign(text))),
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
            "09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST(Rfc8037, AppendixA5Validation) {
  ASSERT_OK_AND_ASSIGN(
      const PublicKey key,
      PublicKey::FromBytes(*DecodeBase64Url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")));
  const std::string text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string signature = *DecodeBase64Url(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_TRUE(key.Verify(text, signature));
  EXPECT_FALSE(key.Verify(text + " ", signature));
  EXPECT_FALSE(key.Verify(text, signature.substr(0, 63)));
  EXPECT_FALSE(key.Verify(text, signature + "x"));
  EXPECT_FALSE(key.Verify(text, ""));
}

TEST(Rfc8032, Test1SignsTheEmptyMessage) {
  ASSERT_OK_AND_ASSIGN(const SigningKey key, SigningKey::Parse(kRfc8037Private));
  const std::string signature = key.Sign("");
  EXPECT_EQ(absl::BytesToHexString(signature),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  EXPECT_TRUE(key.public_key().Verify("", signature));
}

TEST(Keys, ReadAndWritePem) {
  ASSERT_OK_AND_ASSIGN(const SigningKey key, SigningKey::Parse(kRfc8410Private));
  EXPECT_EQ(key.ToPem(), kRfc8410Private);
  EXPECT_EQ(key.public_key().ToPem(), kRfc8410Public);
  ASSERT_OK_AND_ASSIGN(const std::vector<PublicKey> keys, ParsePublicPem(kRfc8410Public));
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].id(), key.public_key().id());
  EXPECT_TRUE(keys[0].Verify("x", key.Sign("x")));
  // Spaces around do not matter.
  EXPECT_OK(SigningKey::Parse(absl::StrCat("\n ", kRfc8410Private, "\n\n")));
}

TEST(Keys, AreDifferentEachTime) {
  const SigningKey a = SigningKey::Generate();
  const SigningKey b = SigningKey::Generate();
  EXPECT_NE(a.public_key().id(), b.public_key().id());
  EXPECT_FALSE(a.public_key().Verify("x", b.Sign("x")));
  ASSERT_OK_AND_ASSIGN(const SigningKey again, SigningKey::Parse(a.ToPem()));
  EXPECT_EQ(again.Sign("x"), a.Sign("x"));
}

struct BadKeyCase {
  const char* name;
  std::string text;
};

TEST(Keys, RefuseEverythingElse) {
  const std::string jwk = kRfc8037Private;
  const BadKeyCase cases[] = {
      {"empty", ""},
      {"no key at all", "hello"},
      {"a public key", kRfc8410Public},
      {"a public JWK", kRfc8037Public},
      {"damaged PEM", absl::StrReplaceAll(kRfc8410Private, {{"MC4C", "MC5C"}})},
      {"cut PEM", std::string(kRfc8410Private).substr(0, 60)},
      // openssl genpkey -algorithm X25519
      {"X25519",
       "-----BEGIN PRIVATE KEY-----\n"
       "MC4CAQAwBQYDK2VuBCIEIFAaiNiL5mKBkIQdqKZ3wkIK2pdVV3+UqjVJDFpcE8ZT\n"
       "-----END PRIVATE KEY-----\n"},
      {"encrypted",
       "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
       "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiBm7cRvnaDxwICCAAw\n"
       "-----END ENCRYPTED PRIVATE KEY-----\n"},
      {"other curve", absl::StrReplaceAll(jwk, {{"Ed25519", "X25519"}})},
      {"other key type", absl::StrReplaceAll(jwk, {{"OKP", "EC"}})},
      {"x of another key", absl::StrReplaceAll(jwk, {{"11qY", "12qY"}})},
      {"short d", absl::StrReplaceAll(jwk, {{"nWGx", ""}})},
      {"padded x", absl::StrReplaceAll(jwk, {{"HURo\"", "HURo=\""}})},
      {"two d", absl::StrReplaceAll(jwk, {{"\"kty\"", "\"d\":\"AA\",\"kty\""}})},
      {"for encryption", absl::StrReplaceAll(jwk, {{"\"kty\"", "\"use\":\"enc\",\"kty\""}})},
      {"other algorithm", absl::StrReplaceAll(jwk, {{"\"kty\"", "\"alg\":\"ES256\",\"kty\""}})},
      {"too long", std::string(kMaxKeyFileBytes + 1, 'x')},
  };
  for (const BadKeyCase& c : cases) {
    EXPECT_THAT(SigningKey::Parse(c.text).status(), HasReason("KEY_INVALID")) << c.name;
  }
  EXPECT_THAT(PublicKey::FromBytes("short").status(), HasReason("KEY_INVALID"));
  EXPECT_THAT(SigningKey::FromBytes("short").status(), HasReason("KEY_INVALID"));
}

TEST(ReadKeyFile, ReadsWholeFilesWithinTheBound) {
  const std::string path = ::testing::TempDir() + "/key.pem";
  std::ofstream(path) << kRfc8410Private;
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadKeyFile(path));
  EXPECT_EQ(text, kRfc8410Private);
  std::ofstream(path) << std::string(kMaxKeyFileBytes + 1, 'x');
  EXPECT_THAT(ReadKeyFile(path).status(), HasReason("KEY_INVALID"));
  EXPECT_THAT(ReadKeyFile("/nowhere/key.pem").status(), HasReason("KEY_FILE_UNREADABLE"));
  EXPECT_THAT(ReadKeyFile(::testing::TempDir()).status(), HasReason("KEY_FILE_UNREADABLE"));
}

}  // namespace
}  // namespace regulars::auth
