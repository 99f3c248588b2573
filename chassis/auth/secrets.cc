#include "chassis/auth/secrets.h"

#include "absl/strings/str_cat.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/sha256.h"
#include "chassis/base/ids.h"

namespace regulars::auth {

std::string NewSecret() {
  return absl::StrCat(kSecretPrefix, EncodeBase64Url(SecureRandomBytes(kSecretRandomBytes)));
}

std::string HashSecret(absl::string_view secret) { return std::string(AsView(Sha256(secret))); }

bool SecretMatches(absl::string_view secret, absl::string_view hash) {
  return ConstantTimeEquals(AsView(Sha256(secret)), hash);
}

}  // namespace regulars::auth
