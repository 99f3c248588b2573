#include "chassis/auth/signing_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/jose_json.h"
#include "chassis/auth/sha256.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::auth {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* Unsigned(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::Status BadKey(absl::string_view why) { return InvalidArgument("KEY_INVALID", why); }

std::shared_ptr<EVP_PKEY> Own(EVP_PKEY* key) {
  return key == nullptr ? nullptr : std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

// RFC 7638 §3: SHA-256 of the required members in order, without spaces.
std::string Thumbprint(absl::string_view public_bytes) {
  const std::string jwk =
      absl::StrCat(R"({"crv":"Ed25519","kty":"OKP","x":")", EncodeBase64Url(public_bytes), R"("})");
  return EncodeBase64Url(AsView(Sha256(jwk)));
}

// Encrypted keys are refused; without this OpenSSL would ask for the passphrase on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

BioPtr ReadFrom(absl::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
}

std::string TakeText(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

bool IsEd25519(const std::shared_ptr<EVP_PKEY>& key) {
  return key != nullptr && EVP_PKEY_get_id(key.get()) == EVP_PKEY_ED25519;
}

std::string PublicBytes(EVP_PKEY* key) {
  std::string bytes(kKeyBytes, '\0');
  size_t size = bytes.size();
  // Callers made sure that this is an Ed25519 key; its public half is always 32 bytes.
  CHECK(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &size) ==
            1 &&
        size == kKeyBytes);
  return bytes;
}

}  // namespace

PublicKey::PublicKey(std::shared_ptr<EVP_PKEY> key, std::string bytes)
    : key_(std::move(key)), bytes_(std::move(bytes)), id_(Thumbprint(bytes_)) {}

absl::StatusOr<PublicKey> PublicKey::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kKeyBytes) return BadKey("an Ed25519 public key has 32 bytes");
  auto key =
      Own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Unsigned(bytes), bytes.size()));
  ERR_clear_error();
  if (key == nullptr) return BadKey("not an Ed25519 public key");
  return PublicKey(std::move(key), std::string(bytes));
}

bool PublicKey::Verify(absl::string_view message, absl::string_view signature) const {
  if (signature.size() != kSignatureBytes) return false;
  const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const bool verified =
      context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), Unsigned(signature), signature.size(), Unsigned(message),
                       message.size()) == 1;
  if (!verified) ERR_clear_error();
  return verified;
}

std::string PublicKey::ToPem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  // Writing a key that exists to memory fails only without memory.
  CHECK(bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1);
  return TakeText(bio.get());
}

SigningKey::SigningKey(std::shared_ptr<EVP_PKEY> key, PublicKey public_key)
    : key_(std::move(key)), public_key_(std::move(public_key)) {}

SigningKey SigningKey::Generate() {
  auto key = FromKey(Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
  // Any 32 random bytes are an Ed25519 key, and without randomness nothing here may go on.
  CHECK(key.ok());
  return *std::move(key);
}

absl::StatusOr<SigningKey> SigningKey::FromKey(std::shared_ptr<EVP_PKEY> key) {
  ERR_clear_error();
  if (!IsEd25519(key)) return BadKey("not an unencrypted Ed25519 private key");
  ABSL_ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::FromBytes(PublicBytes(key.get())));
  return SigningKey(std::move(key), std::move(public_key));
}

absl::StatusOr<SigningKey> SigningKey::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kKeyBytes) return BadKey("an Ed25519 private key has 32 bytes");
  return FromKey(
      Own(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Unsigned(bytes), bytes.size())));
}

absl::StatusOr<SigningKey> SigningKey::Parse(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.size() > kMaxKeyFileBytes) return BadKey("too long for a key");
  if (text.empty() || text[0] != '{') {
    const BioPtr bio = ReadFrom(text);
    return FromKey(Own(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr)));
  }
  const std::optional<Jwk> jwk = ReadJwk(text);
  if (!jwk || !jwk->d) return BadKey("not a JWK of an Ed25519 private key");
  ABSL_ASSIGN_OR_RETURN(SigningKey key, FromBytes(*jwk->d));
  if (key.public_key().bytes() != jwk->x) return BadKey("the JWK's 'x' does not belong to its 'd'");
  return key;
}

std::string SigningKey::Sign(absl::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  // Signing with a key that was loaded fails only without memory.
  CHECK(context != nullptr &&
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       Unsigned(message), message.size()) == 1 &&
        size == kSignatureBytes);
  return signature;
}

std::string SigningKey::ToPem() const {
  const BioPtr bio(BIO_new(BIO_s_secmem()), BIO_free);
  // Writing a key that exists to memory fails only without memory.
  CHECK(bio != nullptr && PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0,
                                                        nullptr, nullptr) == 1);
  return TakeText(bio.get());
}

absl::StatusOr<std::vector<PublicKey>> ParsePublicPem(absl::string_view text) {
  const BioPtr bio = ReadFrom(text);
  std::vector<PublicKey> keys;
  // Each block takes several bytes of a text that is at most kMaxKeyFileBytes long.
  for (;;) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) break;
    const bool is_public_key = absl::string_view(name) == PEM_STRING_PUBLIC;
    const unsigned char* at = data;
    const auto key = is_public_key ? Own(d2i_PUBKEY(nullptr, &at, size)) : nullptr;
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<size_t>(size));
    if (!IsEd25519(key)) {
      ERR_clear_error();
      return BadKey("a PEM block is not an Ed25519 public key");
    }
    ABSL_ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::FromBytes(PublicBytes(key.get())));
    keys.push_back(std::move(public_key));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return BadKey("a PEM block is damaged");
  return keys;
}

absl::StatusOr<std::string> ReadKeyFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxKeyFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.gcount() == 0) {
    return NotFound("KEY_FILE_UNREADABLE", absl::StrCat("cannot read the key file ", path));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxKeyFileBytes) {
    return BadKey(absl::StrCat(path, " is too long for a key file"));
  }
  return text;
}

}  // namespace regulars::auth
