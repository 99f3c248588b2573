#include "chassis/server/tls.h"

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

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsFiles& files) {
  if (files.certificate.empty()) return grpc::InsecureServerCredentials();
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
    ABSL_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadFile(files.certificate));
    ABSL_ASSIGN_OR_RETURN(options.pem_private_key, ReadFile(files.key));
  }
  return grpc::SslCredentials(options);
}

}  // namespace regulars
