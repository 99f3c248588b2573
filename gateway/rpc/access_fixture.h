// Access on a test server, over a store of its own, for the tests of this folder. Tokens are those
// of TestServer: "<principal> <scope>,<scope>[ <store>]".
#ifndef GATEWAY_RPC_ACCESS_FIXTURE_H_
#define GATEWAY_RPC_ACCESS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "chassis/auth/key_set.h"
#include "chassis/auth/token.h"
#include "chassis/rpc/call.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "gateway/rpc/access.h"
#include "gateway/store/schema.h"
#include "gateway/store/testing.h"
#include "regulars/access/v1/access_service.grpc.pb.h"
#include "regulars/access/v1/session_service.grpc.pb.h"

namespace regulars::gateway {

namespace v1 = ::regulars::access::v1;

// May do everything, and is no row of the store.
inline constexpr char kRoot[] = "services/root *.*";
inline constexpr char kPassword[] = "correct horse battery";
// Outside the machine, so that it is counted.
inline constexpr char kSource[] = "192.0.2.7";

inline std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class AccessTest : public ::testing::Test {
 protected:
  using ClientContext = grpc::ClientContext;

  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> Call(Stub& stub,
                             grpc::Status (Stub::*method)(ClientContext*, const Request&, Reply*),
                             const Request& request, const std::string& token) {
    ClientContext context;
    if (!token.empty()) testing::Authorize(context, token);
    if (!source_.empty()) context.AddMetadata(rpc::kSourceKey, source_);
    Reply reply;
    const absl::Status status = FromGrpc((stub.*method)(&context, request, &reply));
    if (!status.ok()) return status;
    return reply;
  }
  // A method of AccessService, and one of SessionService.
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(grpc::Status (v1::AccessService::Stub::*method)(ClientContext*,
                                                                           const Request&, Reply*),
                           const Request& request, const std::string& token = kRoot) {
    return Call(*access_stub_, method, request, token);
  }
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Do(grpc::Status (v1::SessionService::Stub::*method)(ClientContext*,
                                                                            const Request&, Reply*),
                           const Request& request, const std::string& token = "") {
    return Call(*session_stub_, method, request, token);
  }

  absl::StatusOr<v1::User> CreateUser(const std::string& email,
                                      const std::vector<std::string>& roles = {},
                                      const std::vector<std::string>& stores = {},
                                      const std::string& token = kRoot) {
    v1::CreateUserRequest request;
    request.mutable_user()->set_email(email);
    request.mutable_user()->set_display_name("Name of " + email);
    for (const std::string& role : roles) request.mutable_user()->add_roles(role);
    for (const std::string& store : stores) request.mutable_user()->add_stores(store);
    return Do(&v1::AccessService::Stub::CreateUser, request, token);
  }
  absl::StatusOr<v1::Role> CreateRole(const std::string& id, const std::vector<std::string>& scopes,
                                      const std::string& token = kRoot) {
    v1::CreateRoleRequest request;
    request.set_role_id(id);
    for (const std::string& scope : scopes) request.mutable_role()->add_scopes(scope);
    return Do(&v1::AccessService::Stub::CreateRole, request, token);
  }
  absl::StatusOr<v1::ApiKey> CreateApiKey(const std::vector<std::string>& scopes,
                                          const std::vector<std::string>& stores = {},
                                          const std::string& token = kRoot) {
    v1::CreateApiKeyRequest request;
    request.mutable_api_key()->set_display_name("ERP");
    for (const std::string& scope : scopes) request.mutable_api_key()->add_scopes(scope);
    for (const std::string& store : stores) request.mutable_api_key()->add_stores(store);
    return Do(&v1::AccessService::Stub::CreateApiKey, request, token);
  }
  absl::StatusOr<v1::AddApiKeySecretResponse> AddSecret(const std::string& key,
                                                        const std::string& token = kRoot) {
    v1::AddApiKeySecretRequest request;
    request.set_api_key(key);
    return Do(&v1::AccessService::Stub::AddApiKeySecret, request, token);
  }
  // The one-time password.
  absl::StatusOr<std::string> ResetPassword(const std::string& user,
                                            const std::string& token = kRoot) {
    v1::ResetUserPasswordRequest request;
    request.set_name(user);
    ABSL_ASSIGN_OR_RETURN(const auto reply,
                          Do(&v1::AccessService::Stub::ResetUserPassword, request, token));
    return reply.one_time_password();
  }
  absl::StatusOr<v1::TokenPair> SignIn(const std::string& email,
                                       const std::string& password = kPassword) {
    v1::SignInRequest request;
    request.set_email(email);
    request.set_password(password);
    return Do(&v1::SessionService::Stub::SignIn, request);
  }
  absl::StatusOr<v1::TokenPair> ChangePassword(const std::string& user, const std::string& current,
                                               const std::string& next) {
    v1::ChangePasswordRequest request;
    request.set_current_password(current);
    request.set_new_password(next);
    return Do(&v1::SessionService::Stub::ChangePassword, request, user + " none.none");
  }
  absl::StatusOr<v1::TokenPair> Refresh(const std::string& refresh_token) {
    v1::RefreshTokenRequest request;
    request.set_refresh_token(refresh_token);
    return Do(&v1::SessionService::Stub::RefreshToken, request);
  }
  absl::StatusOr<v1::User> GetUser(const std::string& name, const std::string& token = kRoot) {
    v1::GetUserRequest request;
    request.set_name(name);
    return Do(&v1::AccessService::Stub::GetUser, request, token);
  }

  // A user with kPassword.
  absl::StatusOr<v1::User> MakeUser(const std::string& email,
                                    const std::vector<std::string>& roles = {},
                                    const std::vector<std::string>& stores = {}) {
    ABSL_ASSIGN_OR_RETURN(const v1::User user, CreateUser(email, roles, stores));
    ABSL_ASSIGN_OR_RETURN(const std::string once, ResetPassword(user.name()));
    ABSL_RETURN_IF_ERROR(ChangePassword(user.name(), once, kPassword).status());
    return GetUser(user.name());
  }

  // What a service would make of an access token.
  absl::StatusOr<auth::Caller> Verify(const std::string& token) {
    ABSL_ASSIGN_OR_RETURN(const std::string text, auth::ReadKeyFile(key_file()));
    ABSL_ASSIGN_OR_RETURN(const auth::KeySet keys, auth::KeySet::Parse(text));
    return auth::VerifyToken(token, {kTokenIssuer, kTokenAudience}, keys, server_.clock().Now());
  }

  // "password: …" of the first administrator's file.
  std::string FirstPassword() {
    const std::string text = ReadWhole(password_file());
    const size_t at = text.find("password: ");
    return at == std::string::npos ? "" : text.substr(at + 10, 23);
  }

  // (resource, result) of the audit's rows of a method.
  std::vector<std::pair<std::string, std::string>> AuditOf(const std::string& method) {
    absl::StatusOr<std::vector<std::pair<std::string, std::string>>> rows;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) {
      rows = gateway::AuditOf(db, method);
      return rows.status();
    }));
    return *rows;
  }
  int64_t CountRows(const std::string& table) {
    absl::StatusOr<int64_t> count;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) {
      count = gateway::CountRows(db, table);
      return count.status();
    }));
    return *count;
  }

  // From here on calls of this method fail where their row in the audit is written, which is the
  // last thing that they do; or no longer.
  absl::Status BreakAudit(const std::string& method) {
    return server_.store().Write([&](Transaction& tx) { return gateway::BreakAudit(tx, method); });
  }
  absl::Status MendAudit() { return server_.store().Write(gateway::MendAudit); }

  std::string key_file() { return server_.store().folder() + "/keys/jwks.json"; }
  std::string password_file() { return server_.store().path() + ".admin-password"; }

  std::string source_ = kSource;
  std::unique_ptr<Access> access_;  // Outlives the server's services.
  testing::TestServer server_{
      GatewayMigrations(), "access", [this](const rpc::Environment& environment) {
        const std::string folder =
            std::filesystem::path(environment.store->path()).parent_path().string() + "/keys";
        std::filesystem::create_directory(folder);
        auto access =
            Access::Start(environment, {.key_file = folder + "/jwks.json",
                                        .declared_scopes = {"access.admin", "customer.admin",
                                                            "customer.read", "customer.write"}});
        if (!access.ok()) std::fprintf(stderr, "%s\n", access.status().ToString().c_str());
        CHECK(access.ok());  // An empty store takes access.
        access_ = *std::move(access);
        return access_->MakeServices();
      }};
  std::unique_ptr<v1::AccessService::Stub> access_stub_ =
      v1::AccessService::NewStub(server_.channel());
  std::unique_ptr<v1::SessionService::Stub> session_stub_ =
      v1::SessionService::NewStub(server_.channel());
};

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_ACCESS_FIXTURE_H_
