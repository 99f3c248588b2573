#include "campaign-svc/domain/link_token.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/ids.h"

namespace regulars::campaign {
namespace {

// A token: version, kind, key id, message id, target, MAC.
constexpr char kVersion = 1;
constexpr size_t kHeadBytes = 3;
// Half of SHA-256: RFC 2104 calls that safe, and links are long enough.
constexpr size_t kMacBytes = 16;

std::string Sha256Mac(const std::string& secret, absl::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned int size = 0;
  const unsigned char* made =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  CHECK(made != nullptr);  // HMAC of memory with a built-in digest does not fail.
  return std::string(reinterpret_cast<const char*>(mac.data()), size);
}

}  // namespace

std::string LinkSigner::Mac(const std::string& secret, absl::string_view payload) const {
  return Sha256Mac(secret, absl::StrCat("regulars link ", payload)).substr(0, kMacBytes);
}

std::string LinkSigner::Sign(const Link& link) const {
  const auto& [key, secret] = *secrets_.rbegin();
  std::string token{kVersion, static_cast<char>(link.kind), static_cast<char>(key)};
  absl::StrAppend(&token, link.message, link.target);
  absl::StrAppend(&token, Mac(secret, token));
  return absl::WebSafeBase64Escape(token);
}

std::optional<Link> LinkSigner::Verify(absl::string_view token, LinkKind kind) const {
  std::string bytes;
  if (token.size() > kMaxTokenBytes || !absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() < kHeadBytes + kIdLength + kMacBytes || bytes[0] != kVersion ||
      bytes[1] != static_cast<char>(kind)) {
    return std::nullopt;
  }
  const auto secret = secrets_.find(static_cast<unsigned char>(bytes[2]));
  if (secret == secrets_.end()) return std::nullopt;
  const size_t size = bytes.size() - kMacBytes;
  const std::string mac = Mac(secret->second, absl::string_view(bytes).substr(0, size));
  if (CRYPTO_memcmp(mac.data(), bytes.data() + size, kMacBytes) != 0) return std::nullopt;
  return Link{kind, bytes.substr(kHeadBytes, kIdLength),
              bytes.substr(kHeadBytes + kIdLength, size - kHeadBytes - kIdLength)};
}

std::string AddressHash(const std::string& secret, absl::string_view folded_address) {
  return absl::BytesToHexString(
      Sha256Mac(secret, absl::StrCat("regulars address ", folded_address)));
}

}  // namespace regulars::campaign
