// Tokens that tests make by hand: right in everything but what the test changes.
#ifndef CHASSIS_AUTH_TEST_TOKENS_H_
#define CHASSIS_AUTH_TEST_TOKENS_H_

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/token.h"

namespace regulars::auth {

// When the tokens are issued.
inline const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);

inline const TokenRules& Rules() {
  static const auto& rules = *new TokenRules{"https://issuer.example", "regulars"};
  return rules;
}
inline const SigningKey& Key() {
  static const auto& key = *new SigningKey(SigningKey::Generate());
  return key;
}
inline const KeySet& Keys() {
  static const auto& keys = *new KeySet({Key().public_key()});
  return keys;
}

inline std::string GoodHeader() {
  return absl::StrCat(R"({"alg":"EdDSA","kid":")", Key().public_key().id(), R"(","typ":"at+jwt"})");
}
inline constexpr char kGoodClaims[] =
    R"({"iss":"https://issuer.example","aud":"regulars","sub":"users/7","scope":"stock.read",)"
    R"("iat":1700000000,"nbf":1700000000,"exp":1700000900})";

// A token with exactly this header and these claims, and a right signature.
inline std::string Signed(absl::string_view header, absl::string_view claims) {
  std::string text = absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  return absl::StrCat(text, ".", EncodeBase64Url(Key().Sign(text)));
}
inline std::string GoodToken() { return Signed(GoodHeader(), kGoodClaims); }

inline absl::StatusOr<Caller> Verify(absl::string_view token, absl::Time now = kTime) {
  return VerifyToken(token, Rules(), Keys(), now);
}

inline std::string ReplaceInHeader(absl::string_view from, absl::string_view to) {
  const std::string header = absl::StrReplaceAll(GoodHeader(), {{from, to}});
  EXPECT_NE(header, GoodHeader()) << from;
  return Signed(header, kGoodClaims);
}
inline std::string ReplaceInClaims(absl::string_view from, absl::string_view to) {
  const std::string claims = absl::StrReplaceAll(kGoodClaims, {{from, to}});
  EXPECT_NE(claims, kGoodClaims) << from;
  return Signed(GoodHeader(), claims);
}
inline std::string AddToHeader(absl::string_view member) {
  return ReplaceInHeader("{", absl::StrCat("{", member, ","));
}
inline std::string AddToClaims(absl::string_view member) {
  return ReplaceInClaims("{", absl::StrCat("{", member, ","));
}

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_TEST_TOKENS_H_
