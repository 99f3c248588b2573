#include "gateway/gateway.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "chassis/admin/admin_service.h"
#include "chassis/admin/maintenance.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"
#include "chassis/server/tls.h"
#include "gateway/http/assemble.h"
#include "gateway/http/oauth.h"
#include "gateway/http/origin.h"
#include "gateway/http/server.h"
#include "gateway/rpc/declared_scopes.h"

namespace regulars::gateway {
namespace {

std::vector<std::string> Installed(const ProcessOptions& options) {
  std::vector<std::string> services = {options.service};
  for (const auto& [service, address] : options.peers) {
    if (!address.empty()) services.push_back(service);
  }
  return services;
}

// For CLI11: what is wrong, or nothing.
std::string CheckOrigin(const std::string& text) {
  const std::string problem = OriginProblem(text);
  return problem.empty() ? "" : absl::StrCat("'", text, "' ", problem);
}

}  // namespace

void AddFlags(CLI::App& app, GatewayOptions& options) {
  HttpOptions& http = options.http;
  const auto add = [&app](const char* flag, auto& value, const char* env, const char* help) {
    return app.add_option(flag, value, help)->envname(env)->capture_default_str();
  };
  add("--http-listen", http.listen, "REGULARS_HTTP_LISTEN", "host:port of the HTTP API");
  add("--http-threads", http.threads, "REGULARS_HTTP_THREADS", "Event loops for HTTP")
      ->check(CLI::Range(1, 64));
  auto* certificate = add("--http-tls-certificate", http.tls_certificate,
                          "REGULARS_HTTP_TLS_CERTIFICATE", "PEM chain to speak HTTPS with");
  certificate->needs(
      add("--http-tls-key", http.tls_key, "REGULARS_HTTP_TLS_KEY", "PEM key of that certificate")
          ->needs(certificate));
  add("--trusted-proxies", http.trusted_proxies, "REGULARS_TRUSTED_PROXIES",
      "Reverse proxies in front, whose X-Forwarded-For tells callers apart")
      ->check(CLI::Range(0, 8));
  add("--cors-origin", http.cors_origins, "REGULARS_CORS_ORIGIN",
      "Origins that browsers may call from, with commas between (https://shop.example,"
      "http://localhost:3000); may be given several times; '*' for any")
      ->delimiter(',')
      ->check(CLI::Validator(CheckOrigin, "ORIGIN"));
  add("--rate", http.rate_per_second, "REGULARS_RATE", "Requests a second of one caller")
      ->check(CLI::PositiveNumber);
  add("--burst", http.rate_burst, "REGULARS_BURST", "Requests of one caller that may come at once")
      ->check(CLI::PositiveNumber);
  add("--connections", http.max_connections, "REGULARS_CONNECTIONS",
      "HTTP connections that may be open at once")
      ->check(CLI::PositiveNumber);
  add("--connections-per-address", http.max_connections_per_address,
      "REGULARS_CONNECTIONS_PER_ADDRESS",
      "How many of them may come from one address (of IPv6: one /64): a caller's, or a reverse "
      "proxy's")
      ->check(CLI::PositiveNumber);
}

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Make(Process& process,
                                                       const GatewayOptions& options,
                                                       TaskRunner& runner) {
  std::unique_ptr<Gateway> gateway(new Gateway(process, options));
  ABSL_ASSIGN_OR_RETURN(gateway->descriptors_, BuiltInDescriptors());
  ABSL_ASSIGN_OR_RETURN(
      gateway->access_,
      Access::Start(process.environment(),
                    {.key_file = process.options().token_keys,
                     .declared_scopes = DeclaredScopes(gateway->descriptors_->files(),
                                                       Installed(process.options()))}));
  if (const auto file = gateway->access_->first_password_file()) {
    LogInfo("the first administrator's one-time password is in a file", {{"file", *file}});
  }
  ABSL_RETURN_IF_ERROR(gateway->access_->AddMaintenance(runner));
  gateway->services_ = gateway->access_->MakeServices();
  const auto describe = [](Snapshot&, const Task& task) { return DescribeBackupTask(task); };
  gateway->services_.push_back(MakeAdminService(process.environment(), runner, describe));
  gateway->services_.push_back(MakeOperationsService(process.environment(), runner, describe));
  AddMaintenance(process.environment(), runner);
  return gateway;
}

std::vector<grpc::Service*> Gateway::services() const {
  std::vector<grpc::Service*> services;
  for (const auto& service : services_) services.push_back(service.get());
  return services;
}

absl::StatusOr<std::shared_ptr<void>> Gateway::Open(grpc::Server& server) {
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  channels["access"] = server.InProcessChannel(arguments);
  for (const auto& [service, address] : process_.options().peers) {
    if (address.empty()) continue;
    ABSL_ASSIGN_OR_RETURN(channels[service], process_.Connect(address));
  }
  HttpOptions http_options = options_.http;
  http_options.max_reply_bytes = kMaxReplyBytes;
  ABSL_ASSIGN_OR_RETURN(door_, Assemble(*descriptors_, http_options, channels, process_.metrics()));
  door_->AddHandler("POST", "/oauth/token", TokenEndpoint(*access_));
  door_->AddHandler("GET", "/.well-known/jwks.json", KeysEndpoint(*access_));
  door_->SetTokenCheck(process_.environment().authenticate);
  if (!http_options.tls_certificate.empty()) {
    ABSL_RETURN_IF_ERROR(CheckCertificate(http_options.tls_certificate, http_options.tls_key));
  }
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<HttpServer> http, HttpServer::Start(*door_));
  LogInfo("HTTP is open", {{"port", absl::StrCat(http->port())}});
  return std::shared_ptr<void>(std::move(http));
}

}  // namespace regulars::gateway
