// What all connections share: the routes, the services behind them, the limits; and what is to be
// said to a request before and after its service is asked. Immutable after construction but for the
// rate limiter; thread-safe.
#ifndef GATEWAY_HTTP_DOOR_H_
#define GATEWAY_HTTP_DOOR_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/base/thread_pool.h"
#include "chassis/observe/metrics.h"
#include "chassis/rpc/environment.h"
#include "gateway/http/body_budget.h"
#include "gateway/http/message.h"
#include "gateway/http/open_connections.h"
#include "gateway/http/options.h"
#include "gateway/http/page.h"
#include "gateway/http/rate_limiter.h"
#include "gateway/transcode/method_table.h"
#include "gateway/upstream/call.h"
#include "google/rpc/status.pb.h"

namespace regulars::gateway {

// Whether every service behind the door serves.
inline constexpr char kHealthPath[] = "/healthz";

// A named exception to transcoding: the token endpoint, the public keys. Runs on a thread that may
// wait.
using Handler = std::function<HttpResponse(const HttpRequest&)>;

// Whose a bearer token is: UNAUTHENTICATED if it is none. Must not wait.
using TokenCheck = rpc::Authenticator;

class Door {
 public:
  Door(HttpOptions options, std::unique_ptr<MethodTable> table,
       std::map<std::string, std::unique_ptr<Upstream>> upstreams, Metrics& metrics);

  const HttpOptions& options() const { return options_; }
  const MethodTable& table() const { return *table_; }
  Upstream& UpstreamOf(const Route& route) const { return *upstreams_.at(route.upstream); }
  const std::map<std::string, std::unique_ptr<Upstream>>& upstreams() const { return upstreams_; }

  // Pages are added before the first connection; each has one path.
  void AddPage(const std::string& path, const StaticPage& page) { pages_.try_emplace(path, page); }
  const PreparedPage* Page(const std::string& path) const;
  void AddHandler(const std::string& method, const std::string& path, Handler handler) {
    handlers_[path] = {method, std::move(handler)};
  }
  const Handler* FindHandler(const std::string& path) const;
  // The methods of a path that no service answers: of pages, handlers and /healthz. Empty where
  // there is nothing.
  std::vector<std::string> OwnMethods(const std::string& path) const;
  // Set before the first connection; without it, every token may be one, of nobody known.
  void SetTokenCheck(TokenCheck check) { token_check_ = std::move(check); }
  // Where handlers run.
  ThreadPool& pool() { return pool_; }

  // Nothing if the request may go on, else its answer: too many requests, CORS preflight.
  std::optional<HttpResponse> Refuse(const HttpRequest& request);
  static bool NeedsToken(const Route& route) {
    return !route.scope.empty() && route.scope != "public";
  }
  // Whether the request carries a token if the route needs one: UNAUTHENTICATED if not. The service
  // asks again; this is for what should not be done for just anybody, as reading a large body.
  absl::Status CheckToken(const HttpRequest& request, const Route& route);

  // What a service is told besides the request itself. INVALID_ARGUMENT INVALID_HEADER when a
  // header cannot be passed on, UNAUTHENTICATED when it is too long for a token.
  absl::StatusOr<CallHeaders> HeadersFor(const HttpRequest& request, const Route& route) const;
  // Learns from a service's answer that the request's token is none: see RateLimiter.
  void Learn(const HttpRequest& request, const Route& route, const grpc::Status& status);

  // Errors in Google's form, from this process or from a service. Some have statuses that HTTP
  // alone knows: 405, 413, 431 …
  HttpResponse ErrorResponse(const absl::Status& status) const;
  HttpResponse ErrorResponse(const grpc::Status& status) const;
  HttpResponse MethodNotAllowed(const HttpRequest& request,
                                const std::vector<std::string>& allow) const;

  // Puts in what every answer carries: security headers, CORS, gzip.
  void Finish(const HttpRequest& request, HttpResponse& response) const;

  // What /healthz says, given which services serve.
  static HttpResponse HealthResponse(const std::map<std::string, bool>& serving);

  CallMetrics& metrics() { return metrics_; }
  OpenConnections& connections() { return connections_; }
  BodyBudget& bodies() { return bodies_; }
  BodyBudget& replies() { return replies_; }
  // Uploads under way.
  std::atomic<size_t>& uploads() { return uploads_; }
  // Requests that have been read and are not answered yet.
  std::atomic<size_t>& requests() { return requests_; }
  // From now on requests that come on open connections are refused. Whoever has counted itself
  // among requests() before it asks is_closing() is either refused or waited for.
  void BeginClosing() { closing_ = true; }
  bool is_closing() const { return closing_; }

 private:
  std::optional<RateLimiter::Owner> OwnerOf(absl::string_view token) const;
  bool OriginAllowed(absl::string_view origin) const;
  HttpResponse FromProto(const google::rpc::Status& status, int http_status) const;

  const HttpOptions options_;
  BodyBudget replies_;  // Before the services: calls that end late claim something still.
  const std::unique_ptr<MethodTable> table_;
  const std::map<std::string, std::unique_ptr<Upstream>> upstreams_;
  std::map<std::string, PreparedPage> pages_;
  std::map<std::string, std::pair<std::string, Handler>> handlers_;  // By path, with its method.
  TokenCheck token_check_;
  RateLimiter limiter_;
  CallMetrics& metrics_;
  OpenConnections connections_;
  BodyBudget bodies_;
  std::atomic<size_t> uploads_{0};
  std::atomic<size_t> requests_{0};
  std::atomic<bool> closing_{false};
  ThreadPool pool_{2, 64};  // Last: its threads use what stands above.
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_DOOR_H_
