// Any bytes as a token, as its header, as its claims, as keys: no crash, and nothing is accepted
// that the issuer would not have written. The first byte chooses.
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/jose_json.h"
#include "chassis/auth/token.h"
#include "chassis/base/check.h"

namespace regulars::auth {
namespace {

const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);

const TokenRules& Rules() {
  static const auto& rules = *new TokenRules{"issuer", "regulars"};
  return rules;
}

// The key of RFC 8037 appendix A, so that runs repeat.
const SigningKey& Key() {
  static const auto& key = *new SigningKey(
      *SigningKey::FromBytes(*DecodeBase64Url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")));
  return key;
}

absl::StatusOr<Caller> Verify(absl::string_view token) {
  static const auto& keys = *new KeySet({Key().public_key()});
  const auto caller = VerifyToken(token, Rules(), keys, kTime);
  CHECK(caller.ok() || caller.status().code() == absl::StatusCode::kUnauthenticated);
  return caller;
}

std::string Signed(absl::string_view header, absl::string_view claims) {
  std::string token = absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  absl::StrAppend(&token, ".", EncodeBase64Url(Key().Sign(token)));
  return token;
}

// Claims that are accepted name a caller for whom a token can be issued and read again.
void CheckClaims(absl::string_view claims) {
  const auto caller = Verify(Signed(WriteTokenHeader(Key().public_key().id()), claims));
  if (!caller.ok()) return;
  const auto token = IssueToken(*caller, Rules(), Key(), kTime, absl::Minutes(1));
  if (token.status().code() == absl::StatusCode::kInvalidArgument) return;  // Too long.
  const auto again = Verify(*token);
  CHECK(again.ok() && again->principal == caller->principal && again->scopes == caller->scopes &&
        again->realms == caller->realms && again->member == caller->member);
}

void Check(uint8_t kind, absl::string_view bytes) {
  switch (kind % 5) {
    case 0:
      CHECK(!Verify(bytes).ok());
      break;  // Nobody guesses a signature.
    case 1: {
      const auto key_id = ReadTokenHeader(bytes);
      const bool verified = Verify(Signed(bytes, R"({"iss":"issuer","aud":"regulars","sub":"u",)"
                                                 R"("scope":"","iat":1700000000,)"
                                                 R"("exp":1700000060})"))
                                .ok();
      CHECK(!verified || key_id == Key().public_key().id());
      break;
    }
    case 2:
      CheckClaims(bytes);
      break;
    case 3: {
      const auto keys = KeySet::Parse(bytes);
      if (!keys.ok()) break;
      const auto again = KeySet::Parse(keys->ToJwks());
      CHECK(again.ok() && again->size() == keys->size());
      break;
    }
    case 4: {
      const auto decoded = DecodeBase64Url(bytes);
      CHECK(!decoded || EncodeBase64Url(*decoded) == bytes);
      if (const auto key = SigningKey::Parse(bytes); key.ok()) {
        CHECK(SigningKey::Parse(key->ToPem()).ok());
      }
      break;
    }
  }
}

}  // namespace
}  // namespace regulars::auth

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  regulars::auth::Check(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
