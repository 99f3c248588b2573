#include "gateway/rpc/refresh_token.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/secrets.h"
#include "chassis/base/ids.h"

namespace regulars::gateway {
namespace {

constexpr absl::string_view kPrefix = "rgr_";
constexpr size_t kFamilyBytes = 16;
constexpr size_t kSecretBytes = 32;
constexpr size_t kTextBytes = 64;  // Of 48 bytes in base64.

}  // namespace

RefreshToken::RefreshToken(std::string family, std::string secret)
    : family_(std::move(family)), secret_(std::move(secret)) {}

RefreshToken RefreshToken::New() {
  return RefreshToken(SecureRandomBytes(kFamilyBytes), SecureRandomBytes(kSecretBytes));
}

RefreshToken RefreshToken::Next() const {
  return RefreshToken(family_, SecureRandomBytes(kSecretBytes));
}

std::optional<RefreshToken> RefreshToken::Parse(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kPrefix) || text.size() != kTextBytes) return std::nullopt;
  const std::optional<std::string> bytes = auth::DecodeBase64Url(text);
  if (!bytes || bytes->size() != kFamilyBytes + kSecretBytes) return std::nullopt;
  return RefreshToken(bytes->substr(0, kFamilyBytes), bytes->substr(kFamilyBytes));
}

std::string RefreshToken::ToText() const {
  return absl::StrCat(kPrefix, auth::EncodeBase64Url(absl::StrCat(family_, secret_)));
}

std::string RefreshToken::FamilyHash() const { return auth::HashSecret(family_); }
std::string RefreshToken::SecretHash() const { return auth::HashSecret(secret_); }

bool RefreshToken::SecretMatches(absl::string_view hash) const {
  return auth::SecretMatches(secret_, hash);
}

}  // namespace regulars::gateway
