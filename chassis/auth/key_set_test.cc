#include "chassis/auth/key_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "chassis/auth/base64url.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::auth {
namespace {

using ::regulars::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kJwk[] =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr char kJwkId[] = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";  // RFC 8037 A.3.

std::string Jwks(absl::string_view keys) { return absl::StrCat(R"({"keys":[)", keys, "]}"); }

TEST(KeySet, ReadsWhatItWrites) {
  const SigningKey a = SigningKey::Generate();
  const SigningKey b = SigningKey::Generate();
  const KeySet keys({a.public_key(), b.public_key()});
  ASSERT_OK_AND_ASSIGN(const KeySet from_json, KeySet::Parse(keys.ToJwks()));
  ASSERT_OK_AND_ASSIGN(
      const KeySet from_pem,
      KeySet::Parse(absl::StrCat(a.public_key().ToPem(), "\n", b.public_key().ToPem())));
  for (const KeySet* set : {&keys, &from_json, &from_pem}) {
    EXPECT_EQ(set->size(), 2u);
    for (const SigningKey* key : {&a, &b}) {
      const PublicKey* const found = set->Find(key->public_key().id());
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(found->bytes(), key->public_key().bytes());
    }
    EXPECT_EQ(set->Find("other"), nullptr);
  }
}

TEST(KeySet, AKeyThatComesTwiceCountsOnce) {
  const SigningKey key = SigningKey::Generate();
  EXPECT_EQ(KeySet({key.public_key(), key.public_key()}).size(), 1u);
  EXPECT_EQ(KeySet().size(), 0u);
}

TEST(KeySet, PassesOverKeysOfOtherKinds) {
  // The symmetric and RSA keys are of the shapes of RFC 7517 appendix A.
  ASSERT_OK_AND_ASSIGN(
      const KeySet keys,
      KeySet::Parse(Jwks(absl::StrCat(R"({"kty":"RSA","n":"0vx7","e":"AQAB"},)", kJwk,
                                      R"(,{"kty":"oct","k":"GawgguFyGrWKav7AX4VKUg"},)",
                                      R"({"kty":"OKP","crv":"X25519","x":"AA"})"))));
  EXPECT_EQ(keys.size(), 1u);
  EXPECT_NE(keys.Find(kJwkId), nullptr);
}

struct SetCase {
  const char* name;
  std::string text;
  const char* message;
};

TEST(KeySet, RefusesWhatIsNoSetOfPublicKeys) {
  const std::string with_d = absl::StrReplaceAll(
      kJwk, {{"\"x\"", "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\""}});
  std::string many;
  for (size_t i = 0; i <= kMaxKeys; ++i) {
    absl::StrAppend(&many, SigningKey::Generate().public_key().ToPem());
  }
  const std::string pem = SigningKey::Generate().public_key().ToPem();
  const SetCase cases[] = {
      {"empty", "", "no Ed25519 public key"},
      {"no keys", Jwks(""), "no Ed25519 public key"},
      {"only others", Jwks(R"({"kty":"RSA"})"), "no Ed25519 public key"},
      {"some text", "hello", "no Ed25519 public key"},
      {"a JWK and no set", kJwk, "not a JWK set"},
      {"broken JSON", Jwks(kJwk) + "}", "not a JWK set"},
      {"keys twice", R"({"keys":[],"keys":[]})", "not a JWK set"},
      {"a member twice", Jwks(absl::StrReplaceAll(kJwk, {{"{", R"({"kty":"OKP",)"}})),
       "not a JWK set"},
      {"keys are no list", R"({"keys":{}})", "not a JWK set"},
      {"a key is no object", Jwks("1"), "not a JWK set"},
      {"no x", Jwks(R"({"kty":"OKP","crv":"Ed25519"})"), "not a JWK set"},
      {"x is a number", Jwks(R"({"kty":"OKP","crv":"Ed25519","x":1})"), "not a JWK set"},
      {"nested beyond the limit",
       R"({"a":)" + std::string(50, '[') + std::string(50, ']') + R"(,"keys":[)" + kJwk + "]}",
       "not a JWK set"},
      {"short x", Jwks(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"), "32 bytes"},
      {"private", Jwks(with_d), "private key"},
      {"other kid", Jwks(absl::StrReplaceAll(kJwk, {{"{", R"({"kid":"me",)"}})), "thumbprint"},
      {"private PEM", SigningKey::Generate().ToPem(), "not an Ed25519 public key"},
      {"private PEM behind a public one", absl::StrCat(pem, SigningKey::Generate().ToPem()),
       "not an Ed25519 public key"},
      {"damaged PEM behind a good one", absl::StrCat(pem, pem.substr(0, 60)), "damaged"},
      {"too many", many, "at most 16"},
      {"too long", std::string(kMaxKeyFileBytes + 1, 'x'), "too long"},
  };
  for (const SetCase& c : cases) {
    EXPECT_THAT(KeySet::Parse(c.text).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)))
        << c.name;
  }
}

}  // namespace
}  // namespace regulars::auth
