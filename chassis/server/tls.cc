#include "chassis/server/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return FailedPrecondition("FILE_UNREADABLE", absl::StrCat("cannot read '", path, "'"));
  return text.str();
}

absl::Status Unusable(const std::string& message) {
  ERR_clear_error();  // What OpenSSL says is about its own insides, and would be found by others.
  return FailedPrecondition("TLS_UNUSABLE", message);
}

}  // namespace

absl::Status CheckCertificate(const std::string& certificate, const std::string& key) {
  for (const std::string& path : {certificate, key}) {
    ABSL_RETURN_IF_ERROR(ReadFile(path).status());
  }
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_method()),
                                                                  SSL_CTX_free);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    return Unusable(absl::StrCat("'", certificate, "' holds no certificate that can be used"));
  }
  const bool loaded =
      SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) == 1;
  // A key of another kind than the certificate's is loaded, beside it.
  if (loaded && SSL_CTX_check_private_key(context.get()) == 1) return absl::OkStatus();
  const unsigned long error = ERR_peek_last_error();  // NOLINT: OpenSSL's own type.
  const bool differs = loaded || (ERR_GET_LIB(error) == ERR_LIB_X509 &&
                                  ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH);
  if (!differs) return Unusable(absl::StrCat("'", key, "' holds no private key that can be used"));
  return Unusable(absl::StrCat("the private key in '", key, "' is not that of the certificate in '",
                               certificate, "'"));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsFiles& files) {
  if (files.certificate.empty()) return grpc::InsecureServerCredentials();
  ABSL_RETURN_IF_ERROR(CheckCertificate(files.certificate, files.key));
  grpc::SslServerCredentialsOptions options(
      files.roots.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                          : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  ABSL_ASSIGN_OR_RETURN(pair.cert_chain, ReadFile(files.certificate));
  ABSL_ASSIGN_OR_RETURN(pair.private_key, ReadFile(files.key));
  options.pem_key_cert_pairs.push_back(pair);
  if (!files.roots.empty()) {
    ABSL_ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(files.roots));
  }
  return grpc::SslServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(
    const TlsFiles& files) {
  if (files.roots.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  ABSL_ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(files.roots));
  if (!files.certificate.empty()) {
    ABSL_RETURN_IF_ERROR(CheckCertificate(files.certificate, files.key));
    ABSL_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadFile(files.certificate));
    ABSL_ASSIGN_OR_RETURN(options.pem_private_key, ReadFile(files.key));
  }
  return grpc::SslCredentials(options);
}

}  // namespace regulars
