// Tokens that somebody else made, or made another way: each differs from a good one in one thing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "chassis/auth/test_tokens.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::auth {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;

// The three segments of the good token.
std::vector<std::string> Segments() { return absl::StrSplit(GoodToken(), '.'); }

struct Forgery {
  const char* name;
  std::string token;
  const char* reason = "TOKEN_INVALID";
};

void ExpectRefused(const std::vector<Forgery>& forgeries) {
  for (const Forgery& forgery : forgeries) {
    const absl::StatusOr<Caller> caller = Verify(forgery.token);
    EXPECT_THAT(caller, StatusIs(absl::StatusCode::kUnauthenticated)) << forgery.name;
    EXPECT_THAT(caller.status(), HasReason(forgery.reason)) << forgery.name;
  }
}

std::string Hs256(absl::string_view secret) {
  const std::string header = absl::StrReplaceAll(GoodHeader(), {{"EdDSA", "HS256"}});
  const std::string text = absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(kGoodClaims));
  unsigned char mac[32];
  unsigned int size = sizeof mac;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return absl::StrCat(text, ".",
                      EncodeBase64Url(absl::string_view(reinterpret_cast<const char*>(mac), size)));
}

TEST(Forgeries, OfTheAlgorithm) {
  const std::vector<std::string> parts = Segments();
  const std::string none = EncodeBase64Url(R"({"alg":"none"})");
  std::vector<Forgery> forgeries = {
      {"none, unsigned", absl::StrCat(none, ".", parts[1], ".")},
      {"none, with the rest of the header",
       absl::StrCat(EncodeBase64Url(absl::StrReplaceAll(GoodHeader(), {{"EdDSA", "none"}})), ".",
                    parts[1], ".")},
      {"HS256 with the public key's bytes", Hs256(Key().public_key().bytes())},
      {"HS256 with the public key's PEM", Hs256(Key().public_key().ToPem())},
      {"alg missing", ReplaceInHeader(R"("alg":"EdDSA",)", "")},
      {"alg null", ReplaceInHeader(R"("EdDSA")", "null")},
      {"alg a list", ReplaceInHeader(R"("EdDSA")", R"(["EdDSA"])")},
      {"Alg", ReplaceInHeader("\"alg\"", "\"Alg\"")},
  };
  for (const char* algorithm :
       {"none", "None", "NONE", "nOnE", "RS256", "ES256", "PS256", "HS256", "Ed25519", "Ed448",
        "eddsa", "EDDSA", "EdDSA ", " EdDSA", "EdDSA\\u0000", "", "dir"}) {
    forgeries.push_back({algorithm, ReplaceInHeader("EdDSA", algorithm)});
  }
  ExpectRefused(forgeries);
}

TEST(Forgeries, OfTheHeader) {
  const SigningKey other = SigningKey::Generate();
  const std::string id = Key().public_key().id();
  ExpectRefused({
      {"crit", AddToHeader(R"("crit":["exp"])")},
      {"empty crit", AddToHeader(R"("crit":[])")},
      {"b64", AddToHeader(R"("b64":false)")},
      {"jwk", AddToHeader(R"("jwk":{"kty":"OKP"})")},
      {"jku", AddToHeader(R"("jku":"https://evil.example")")},
      {"x5c", AddToHeader(R"("x5c":[])")},
      {"zip", AddToHeader(R"("zip":"DEF")")},
      {"cty", AddToHeader(R"("cty":"JWT")")},
      {"alg twice", AddToHeader(R"("alg":"EdDSA")")},
      {"alg twice, first none", AddToHeader(R"("alg":"none")")},
      {"alg twice by an escape", AddToHeader(R"("al\u0067":"EdDSA")")},
      {"kid twice", AddToHeader(R"("kid":"x")")},
      {"wrong typ", ReplaceInHeader("at+jwt", "JWT")},
      {"typ of another case", ReplaceInHeader("at+jwt", "AT+JWT")},
      {"typ missing", ReplaceInHeader(R"(,"typ":"at+jwt")", "")},
      {"kid missing", ReplaceInHeader(absl::StrCat(R"("kid":")", id, "\","), "")},
      {"kid a number", ReplaceInHeader(absl::StrCat("\"", id, "\""), "7")},
      {"kid of nobody", ReplaceInHeader(id, other.public_key().id()), "TOKEN_UNKNOWN_KEY"},
      {"kid empty", ReplaceInHeader(id, ""), "TOKEN_UNKNOWN_KEY"},
      {"kid with a path", ReplaceInHeader(id, "../../dev/null"), "TOKEN_UNKNOWN_KEY"},
      {"not JSON", Signed("alg=EdDSA", kGoodClaims)},
      {"empty", Signed("", kGoodClaims)},
      {"a list", Signed(absl::StrCat("[", GoodHeader(), "]"), kGoodClaims)},
      {"byte order mark", Signed("\xEF\xBB\xBF" + GoodHeader(), kGoodClaims)},
      {"text behind", Signed(GoodHeader() + "x", kGoodClaims)},
      {"two objects", Signed(GoodHeader() + GoodHeader(), kGoodClaims)},
      {"comment", ReplaceInHeader("{", "{/**/")},
      {"comma too many", ReplaceInHeader("}", ",}")},
      {"single quotes", ReplaceInHeader("\"", "'")},
      {"invalid UTF-8", ReplaceInHeader("at+jwt", "at+jwt\xFF")},
      {"nested deeply", Signed(std::string(3000, '['), kGoodClaims)},
      {"nested deeply in objects", Signed(
                                       [] {
                                         std::string deep;
                                         for (int i = 0; i < 500; ++i) deep += R"({"a":)";
                                         return deep;
                                       }(),
                                       kGoodClaims)},
  });
}

TEST(Forgeries, OfTheForm) {
  const std::vector<std::string> parts = Segments();
  const std::string good = GoodToken();
  // The signature's last digit carries four bits that mean nothing; this one sets the lowest.
  std::string dangling = good;
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  dangling.back() = digits[digits.find(dangling.back()) + 1];
  ExpectRefused({
      {"empty", ""},
      {"dots", ".."},
      {"one segment", parts[0]},
      {"two segments", parts[0] + "." + parts[1]},
      {"two segments and a dot", parts[0] + "." + parts[1] + "."},
      {"four segments", good + "." + parts[2]},
      {"a dot at the end", good + "."},
      {"a dot in front", "." + good},
      {"five segments", "a.b.c.d.e"},
      {"header padded", parts[0] + "=." + parts[1] + "." + parts[2]},
      {"payload padded", parts[0] + "." + parts[1] + "=." + parts[2]},
      {"signature padded", good + "=="},
      {"dangling bits in the signature", dangling},
      {"space in front", " " + good},
      {"line end behind", good + "\n"},
      {"NUL behind", good + std::string(1, '\0')},
      {"scheme left in front", "Bearer " + good},
      {"JSON serialisation", R"({"payload":")" + parts[1] + R"("})"},
      {"longer than the limit",
       AddToClaims(absl::StrCat("\"x\":\"", std::string(kMaxTokenBytes, 'x'), "\""))},
      {"much longer", std::string(1 << 20, 'A')},
  });
}

// a + b modulo 2²⁵⁶, little-endian.
std::string AddLittleEndian(std::string a, const std::string& b) {
  unsigned carry = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    carry += static_cast<unsigned char>(a[i]) + static_cast<unsigned char>(b[i]);
    a[i] = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  return a;
}

TEST(Forgeries, OfTheSignature) {
  const std::vector<std::string> parts = Segments();
  const std::string text = parts[0] + "." + parts[1];
  const std::string signature = *DecodeBase64Url(parts[2]);
  const auto with = [&](absl::string_view bytes) {
    return absl::StrCat(text, ".", EncodeBase64Url(bytes));
  };
  // The order of the group, L (RFC 8032 §5.1), little-endian: S + L is the same S to a careless
  // verifier.
  const std::string order =
      absl::HexStringToBytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const SigningKey other = SigningKey::Generate();
  ExpectRefused({
      {"zeros", with(std::string(64, '\0'))},
      {"short", with(signature.substr(0, 63))},
      {"long", with(signature + "x")},
      {"halves swapped", with(signature.substr(32) + signature.substr(0, 32))},
      {"S + L", with(signature.substr(0, 32) + AddLittleEndian(signature.substr(32), order))},
      {"another key's", with(other.Sign(text))},
      {"of the payload alone", with(Key().Sign(parts[1]))},
      {"of another header",
       absl::StrCat(EncodeBase64Url(GoodHeader() + " "), ".", parts[1], ".", parts[2])},
      {"of other claims",
       absl::StrCat(parts[0], ".",
                    EncodeBase64Url(absl::StrReplaceAll(kGoodClaims, {{"users/7", "users/8"}})),
                    ".", parts[2])},
  });
}

TEST(Forgeries, OfTheClaims) {
  ExpectRefused({
      {"other issuer", ReplaceInClaims("issuer.example", "issuer.example.evil")},
      {"issuer with a slash more", ReplaceInClaims("issuer.example", "issuer.example/")},
      {"other audience", ReplaceInClaims("\"regulars\"", "\"others\"")},
      {"audiences in a list", ReplaceInClaims("\"regulars\"", R"(["regulars"])")},
      {"no issuer", ReplaceInClaims("\"iss\"", "\"i\"")},
      {"no audience", ReplaceInClaims("\"aud\"", "\"a\"")},
      {"no subject", ReplaceInClaims("\"sub\"", "\"s\"")},
      {"no scope", ReplaceInClaims("\"scope\"", "\"s\"")},
      {"no iat", ReplaceInClaims("\"iat\"", "\"i\"")},
      {"no exp", ReplaceInClaims("\"exp\"", "\"e\"")},
      {"subject empty", ReplaceInClaims("users/7", "")},
      {"subject a number", ReplaceInClaims("\"users/7\"", "7")},
      {"subject twice", AddToClaims(R"("sub":"users/8")")},
      {"exp twice", AddToClaims(R"("exp":1700000901)")},
      {"twice on a lower level", AddToClaims(R"("x":{"a":1,"a":2})")},
      {"exp text", ReplaceInClaims("1700000900", "\"1700000900\"")},
      {"exp a fraction", ReplaceInClaims("1700000900", "1700000900.5")},
      {"exp with an exponent", ReplaceInClaims("1700000900", "17e8")},
      {"exp null", ReplaceInClaims("1700000900", "null")},
      {"exp beyond 63 bits", ReplaceInClaims("1700000900", "9223372036854775808")},
      {"exp beyond 64 bits", ReplaceInClaims("1700000900", "99999999999999999999")},
      {"exp for ever", ReplaceInClaims("1700000900", "9223372036854775807")},
      {"exp beyond the longest lifetime", ReplaceInClaims("1700000900", "1700003601")},
      {"exp at iat", ReplaceInClaims("1700000900", "1700000000")},
      {"iat before time began",
       ReplaceInClaims(R"("iat":1700000000)", R"("iat":-9223372036854775808)")},
      {"nbf text", ReplaceInClaims(R"("nbf":1700000000)", R"("nbf":"1700000000")")},
      {"scope a list", ReplaceInClaims("\"stock.read\"", R"(["stock.read"])")},
      {"scope malformed", ReplaceInClaims("stock.read", "stock")},
      {"scope with two spaces", ReplaceInClaims("stock.read", "a.b  c.d")},
      {"realms empty", AddToClaims(R"("realms":[])")},
      {"realms null", AddToClaims(R"("realms":null)")},
      {"realms text", AddToClaims(R"("realms":"stores/1")")},
      {"realms with a number", AddToClaims(R"("realms":["stores/1",2])")},
      {"realms with an empty name", AddToClaims(R"("realms":[""])")},
      {"member empty", AddToClaims(R"("member":"")")},
      {"member null", AddToClaims(R"("member":null)")},
      {"nested deeply", AddToClaims("\"x\":" + std::string(500, '[') + std::string(500, ']'))},
      {"not JSON", Signed(GoodHeader(), "Example of Ed25519 signing")},
      {"a text", Signed(GoodHeader(), "\"x\"")},
      {"empty", Signed(GoodHeader(), "")},
  });
}

TEST(Forgeries, NoOtherDigitAnywhereIsAccepted) {
  const std::string good = GoodToken();
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'A', '_', '.', static_cast<char>(good[i] ^ 1)}) {
      if (c == good[i]) continue;
      std::string changed = good;
      changed[i] = c;
      ASSERT_THAT(Verify(changed), StatusIs(absl::StatusCode::kUnauthenticated)) << i << c;
    }
    ASSERT_THAT(Verify(good.substr(0, i)), StatusIs(absl::StatusCode::kUnauthenticated)) << i;
  }
}

}  // namespace
}  // namespace regulars::auth
