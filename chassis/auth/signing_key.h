// Ed25519 keys (RFC 8032) and what is made with them. Every signature of this project is made and
// checked here, and there is no other algorithm to choose.
//
//   const SigningKey key = SigningKey::Generate();
//   const std::string signature = key.Sign("text");
//   CHECK(key.public_key().Verify("text", signature));
//
// Keys are immutable, cheap to copy and thread-safe. No function puts a private key into a message.
#ifndef CHASSIS_AUTH_SIGNING_KEY_H_
#define CHASSIS_AUTH_SIGNING_KEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// OpenSSL's EVP_PKEY.
using EVP_PKEY = struct evp_pkey_st;

namespace regulars::auth {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kSignatureBytes = 64;
inline constexpr size_t kMaxKeyFileBytes = 64 << 10;

class PublicKey {
 public:
  // From the 32 bytes of RFC 8032 §5.1.5.
  static absl::StatusOr<PublicKey> FromBytes(absl::string_view bytes);

  bool Verify(absl::string_view message, absl::string_view signature) const;

  // The key's name: its JWK thumbprint (RFC 7638, RFC 8037 §2).
  const std::string& id() const { return id_; }
  const std::string& bytes() const { return bytes_; }
  // As "-----BEGIN PUBLIC KEY-----" (RFC 8410).
  std::string ToPem() const;

 private:
  PublicKey(std::shared_ptr<EVP_PKEY> key, std::string bytes);

  std::shared_ptr<EVP_PKEY> key_;
  std::string bytes_;
  std::string id_;
};

class SigningKey {
 public:
  static SigningKey Generate();
  // From an unencrypted PKCS#8 PEM block or a JWK.
  static absl::StatusOr<SigningKey> Parse(absl::string_view text);
  // From the 32 bytes of RFC 8032 §5.1.5.
  static absl::StatusOr<SigningKey> FromBytes(absl::string_view bytes);

  // 64 bytes; the same for the same message.
  std::string Sign(absl::string_view message) const;

  const PublicKey& public_key() const { return public_key_; }
  // As "-----BEGIN PRIVATE KEY-----" (PKCS#8, RFC 8410).
  std::string ToPem() const;

 private:
  SigningKey(std::shared_ptr<EVP_PKEY> key, PublicKey public_key);
  static absl::StatusOr<SigningKey> FromKey(std::shared_ptr<EVP_PKEY> key);

  std::shared_ptr<EVP_PKEY> key_;
  PublicKey public_key_;
};

// The public keys of a text that holds PEM blocks "PUBLIC KEY" and nothing else in PEM.
absl::StatusOr<std::vector<PublicKey>> ParsePublicPem(absl::string_view text);

// A file with keys, of at most kMaxKeyFileBytes.
absl::StatusOr<std::string> ReadKeyFile(const std::string& path);

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_SIGNING_KEY_H_
