// Certificates between processes: files that an operator names become gRPC's credentials.
//
//   ABSL_ASSIGN_OR_RETURN(auto credentials, ChannelCredentials({.roots = "/etc/regulars/ca.pem"}));
//   auto channel = grpc::CreateChannel("customer-svc:7101", credentials);
#ifndef CHASSIS_SERVER_TLS_H_
#define CHASSIS_SERVER_TLS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace regulars {

// PEM files; empty where there is none.
struct TlsFiles {
  // What this side shows: a certificate chain, and its private key.
  std::string certificate;
  std::string key;
  // What the other side's certificate must chain to.
  std::string roots;
};

// Whether both files can be read and the key is that of the certificate: what serves them would say
// so too late, if at all. Errors: FILE_UNREADABLE, TLS_UNUSABLE; both name the file.
absl::Status CheckCertificate(const std::string& certificate, const std::string& key);

// For a server. Plain text without a certificate; with roots, callers need a certificate too.
// Errors: as CheckCertificate().
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsFiles& files);

// For a caller. Plain text without roots; a certificate is shown to servers that ask for one.
// Errors: as CheckCertificate().
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(const TlsFiles& files);

}  // namespace regulars

#endif  // CHASSIS_SERVER_TLS_H_
