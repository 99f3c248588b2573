#include "gateway/http/door.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "chassis/auth/token.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/call.h"
#include "chassis/rpc/status_proto.h"
#include "gateway/http/caller_address.h"
#include "gateway/http/gzip.h"
#include "gateway/http/head.h"
#include "gateway/transcode/error_json.h"
#include "gateway/transcode/reply.h"

namespace regulars::gateway {
namespace {

// Below this, packing costs more than it saves.
constexpr size_t kGzipFromBytes = 1024;

constexpr char kAuthorization[] = "authorization";

// Request headers that services get as metadata, lower case as gRPC wants them.
constexpr const char* kForwarded[] = {kAuthorization, "traceparent", "regulars-after"};

// What they may take: several times what any of them means, and all of them together far less than
// what a service takes as metadata.
constexpr size_t kMaxForwardedBytes = 512;
constexpr size_t kMaxAuthorizationBytes =
    auth::kMaxTokenBytes + absl::string_view("Bearer ").size();

// Errors of this process that have a status of their own in HTTP.
constexpr std::pair<const char*, int> kHttpStatuses[] = {
    {"METHOD_NOT_ALLOWED", 405}, {"HEADERS_TOO_SLOW", 408},     {"BODY_TOO_SLOW", 408},
    {"BODY_TOO_LARGE", 413},     {"UNSUPPORTED_ENCODING", 415}, {"HEADERS_TOO_LARGE", 431}};

constexpr absl::Duration kRetryWhenUnreachable = absl::Seconds(1);
constexpr absl::Duration kRetryAfterStop = absl::Seconds(1);

// gRPC's words.
constexpr char kMessageTooLarge[] = "message larger than max";

// The reasons of a token that was sent and is not taken.
constexpr const char* kTokenReasons[] = {"TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_UNKNOWN_KEY"};

// The seconds that a caller is told to wait, at least one; nothing where the error does not say.
std::optional<int64_t> RetryAfter(const ErrorDetails& error) {
  if (!error.retry_after) return std::nullopt;
  return std::max<int64_t>(1,
                           absl::ToInt64Seconds(absl::Ceil(*error.retry_after, absl::Seconds(1))));
}

// What a caller is told about its token (RFC 6750, 3 and 3.1); "" where that is not the matter.
std::string Challenge(const ErrorDetails& error, int http_status) {
  const std::string challenge = "Bearer realm=\"regulars\"";
  if (http_status == 403 && error.reason == "SCOPE_MISSING") {
    std::string refusal = absl::StrCat(challenge, ", error=\"insufficient_scope\"");
    for (const auto& [key, value] : error.metadata) {
      if (key == "scope") absl::StrAppend(&refusal, ", scope=\"", value, "\"");
    }
    return refusal;
  }
  if (http_status != 401) return "";
  const bool sent = std::find(std::begin(kTokenReasons), std::end(kTokenReasons), error.reason) !=
                    std::end(kTokenReasons);
  return sent ? absl::StrCat(challenge, ", error=\"invalid_token\"") : challenge;
}

bool IsWorthPacking(const HttpResponse& response) {
  return response.body.size() >= kGzipFromBytes &&
         (absl::StartsWith(response.content_type, "text/") ||
          absl::StartsWith(response.content_type, "application/"));
}

// Whether a header can be passed on.
absl::Status CheckForwarded(absl::string_view name, absl::string_view value) {
  if (!IsMetadataValue(value)) {
    return InvalidArgument("INVALID_HEADER",
                           absl::StrCat("the header '", name, "' may hold printable ASCII only"));
  }
  if (name == kAuthorization && value.size() > kMaxAuthorizationBytes) {
    ABSL_RETURN_IF_ERROR(rpc::BearerToken(value).status());
    return Unauthenticated("TOKEN_INVALID", "the access token is not valid");
  }
  if (name != kAuthorization && value.size() > kMaxForwardedBytes) {
    return InvalidArgument("INVALID_HEADER", absl::StrCat("the header '", name, "' is longer than ",
                                                          kMaxForwardedBytes, " bytes"));
  }
  return absl::OkStatus();
}

// The request's bearer token, or "".
absl::string_view TokenOf(const HttpRequest& request) {
  const absl::string_view header = request.Header("authorization");
  return header.empty() ? header : rpc::BearerToken(header).value_or("");
}

int StatusFor(const absl::Status& error) {
  const std::string reason = GetErrorDetails(error).reason;
  for (const auto& [known, status] : kHttpStatuses) {
    if (reason == known) return status;
  }
  return HttpStatus(error.code());
}

// A message that is over a limit: that of the channels to services for what they send, and their
// own for what they are sent. gRPC names the limit: "(5000000 vs. 4194304)".
absl::Status TooLarge(absl::string_view words, int64_t max_reply_bytes) {
  if (absl::StrContains(words, absl::StrCat("vs. ", max_reply_bytes, ")"))) {
    return OutOfRange("REPLY_TOO_LARGE",
                      absl::StrCat("the answer is longer than ", max_reply_bytes,
                                   " bytes: ask for less, such as a shorter page"));
  }
  return InvalidArgument("BODY_TOO_LARGE",
                         "what the body says is too long for the service: send it in parts");
}

// What a caller is told instead of gRPC's own words, which are about addresses and calls that are
// nobody's business. Nothing for what a service has worded: it always says why.
std::optional<absl::Status> InPlainWords(const grpc::Status& status, int64_t max_reply_bytes) {
  if (!status.error_details().empty()) return std::nullopt;
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return Unavailable("SERVICE_UNREACHABLE", "the service does not answer at present",
                         kRetryWhenUnreachable);
    case grpc::StatusCode::CANCELLED:
      // By this process or by the service, as it ends. Where the client has gone, nobody reads it.
      return Unavailable("STOPPING",
                         "the server is stopping; what was asked for may have been done",
                         kRetryAfterStop);
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Error(absl::StatusCode::kDeadlineExceeded,
                   "the service has not answered in time; what was asked for may have been done",
                   {.reason = "DEADLINE_EXCEEDED"});
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      if (!absl::StrContains(status.error_message(), kMessageTooLarge)) return std::nullopt;
      return TooLarge(status.error_message(), max_reply_bytes);
    default:
      return std::nullopt;
  }
}

}  // namespace

Door::Door(HttpOptions options, std::unique_ptr<MethodTable> table,
           std::map<std::string, std::unique_ptr<Upstream>> upstreams, Metrics& metrics)
    : options_(std::move(options)),
      replies_(options_.max_replies_bytes, options_.small_reply_bytes,
               "too many large answers are under way; what was asked for may have been done"),
      table_(std::move(table)),
      upstreams_(std::move(upstreams)),
      limiter_(options_.rate_per_second, options_.rate_burst),
      metrics_(metrics.ForCalls("http")),
      bodies_(options_.max_bodies_bytes, options_.small_body_bytes,
              "too many large requests are under way") {}

const PreparedPage* Door::Page(const std::string& path) const {
  const auto found = pages_.find(path);
  return found == pages_.end() ? nullptr : &found->second;
}

const Handler* Door::FindHandler(const std::string& path) const {
  const auto found = handlers_.find(path);
  return found == handlers_.end() ? nullptr : &found->second.second;
}

std::vector<std::string> Door::OwnMethods(const std::string& path) const {
  const auto handler = handlers_.find(path);
  if (handler != handlers_.end() && handler->second.first != "GET") return {handler->second.first};
  const bool is_read = handler != handlers_.end() || Page(path) != nullptr || path == kHealthPath;
  return is_read ? std::vector<std::string>{"GET", "HEAD"} : std::vector<std::string>();
}

bool Door::OriginAllowed(absl::string_view origin) const {
  return std::any_of(
      options_.cors_origins.begin(), options_.cors_origins.end(),
      [&](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

std::optional<RateLimiter::Owner> Door::OwnerOf(absl::string_view token) const {
  if (!token_check_) return std::nullopt;
  const auto caller = token_check_(token);
  if (!caller.ok()) return std::nullopt;
  return RateLimiter::Owner{(*caller)->principal, (*caller)->expiry};
}

std::optional<HttpResponse> Door::Refuse(const HttpRequest& request) {
  const auto wait = limiter_.Take(TokenOf(request), SiteOf(request.remote_address), absl::Now(),
                                  [this](absl::string_view token) { return OwnerOf(token); });
  if (wait) return ErrorResponse(ResourceExhausted("RATE_LIMITED", "too many requests", *wait));
  if (request.method != "OPTIONS") return std::nullopt;
  // It names no methods: they depend on the path.
  if (request.path == kWholeServer) return HttpResponse{.status = 204};
  std::vector<std::string> methods = table_->Methods(request.path);
  if (methods.empty()) methods = OwnMethods(request.path);
  if (methods.empty()) return std::nullopt;
  HttpResponse response{.status = 204};
  response.headers.emplace_back("Allow", absl::StrJoin(methods, ", "));
  if (OriginAllowed(request.Header("origin"))) {
    response.headers.emplace_back("Access-Control-Allow-Methods", absl::StrJoin(methods, ", "));
    response.headers.emplace_back("Access-Control-Allow-Headers",
                                  "Authorization, Content-Encoding, Content-Type, Regulars-After, "
                                  "Traceparent");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
  }
  return response;
}

absl::StatusOr<CallHeaders> Door::HeadersFor(const HttpRequest& request, const Route& route) const {
  CallHeaders headers;
  headers.metadata.emplace_back(rpc::kSourceKey, request.remote_address);
  for (const char* name : kForwarded) {
    const absl::string_view value = request.Header(name);
    const absl::Status checked = CheckForwarded(name, value);
    // Methods that need no token do not look at it.
    if (absl::IsUnauthenticated(checked) && !NeedsToken(route)) continue;
    ABSL_RETURN_IF_ERROR(checked);
    if (!value.empty()) headers.metadata.emplace_back(name, value);
  }
  if (route.server_streaming()) {
    headers.timeout = absl::InfiniteDuration();
  } else {
    headers.timeout = route.is_upload() ? options_.upload_timeout : options_.call_timeout;
  }
  return headers;
}

absl::Status Door::CheckToken(const HttpRequest& request, const Route& route) {
  if (!NeedsToken(route)) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const absl::string_view token,
                        rpc::BearerToken(request.Header("authorization")));
  if (!token_check_) return absl::OkStatus();
  const absl::Status checked = token_check_(token).status();
  if (!checked.ok()) limiter_.Distrust(token);
  return checked;
}

void Door::Learn(const HttpRequest& request, const Route& route, const grpc::Status& status) {
  // Methods that need no token do not look at it.
  if (status.error_code() != grpc::StatusCode::UNAUTHENTICATED || !NeedsToken(route)) return;
  limiter_.Distrust(TokenOf(request));
}

HttpResponse Door::FromProto(const google::rpc::Status& status, int http_status) const {
  HttpResponse response{.status = http_status,
                        .code = static_cast<absl::StatusCode>(status.code()),
                        .content_type = kJsonType,
                        .body = WriteErrorJson(table_->schema(), status, http_status)};
  const ErrorDetails error = GetErrorDetails(regulars::FromProto(status));
  std::string challenge = Challenge(error, http_status);
  if (!challenge.empty()) {
    response.headers.emplace_back("WWW-Authenticate", std::move(challenge));
  }
  if (const std::optional<int64_t> seconds = RetryAfter(error)) {
    response.headers.emplace_back("Retry-After", absl::StrCat(*seconds));
  }
  return response;
}

HttpResponse Door::ErrorResponse(const absl::Status& status) const {
  return FromProto(ToProto(status), StatusFor(status));
}

HttpResponse Door::ErrorResponse(const grpc::Status& status) const {
  if (const auto plain = InPlainWords(status, options_.max_reply_bytes)) {
    return ErrorResponse(*plain);
  }
  return FromProto(
      UpstreamStatus(status.error_code(), status.error_message(), status.error_details()),
      HttpStatus(static_cast<absl::StatusCode>(status.error_code())));
}

HttpResponse Door::MethodNotAllowed(const HttpRequest& request,
                                    const std::vector<std::string>& allow) const {
  HttpResponse response =
      ErrorResponse(Error(absl::StatusCode::kUnimplemented,
                          absl::StrCat(request.method, " is not a method of ", request.path),
                          {.reason = "METHOD_NOT_ALLOWED"}));
  response.headers.emplace_back("Allow", absl::StrJoin(allow, ", "));
  return response;
}

void Door::Finish(const HttpRequest& request, HttpResponse& response) const {
  Headers& headers = response.headers;
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("X-Frame-Options", "DENY");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  const PreparedPage* page = Page(request.path);
  headers.emplace_back("Content-Security-Policy", page ? page->policy() : "default-src 'none'");
  headers.emplace_back("Cache-Control", page ? "no-cache" : "no-store");
  if (!options_.tls_certificate.empty()) {
    headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  }
  const absl::string_view origin = request.Header("origin");
  if (!origin.empty() && OriginAllowed(origin)) {
    headers.emplace_back("Access-Control-Allow-Origin", origin);
    headers.emplace_back("Access-Control-Expose-Headers", "Regulars-Position, Retry-After");
  }
  // Caches must know what an answer depends on, whichever of its forms this one is.
  if (!options_.cors_origins.empty()) headers.emplace_back("Vary", "Origin");
  if (!IsWorthPacking(response)) return;
  headers.emplace_back("Vary", "Accept-Encoding");
  if (!AcceptsGzip(request.Header("accept-encoding"))) return;
  response.body = response.packed != nullptr ? *response.packed : Gzip(response.body);
  headers.emplace_back("Content-Encoding", "gzip");
}

HttpResponse Door::HealthResponse(const std::map<std::string, bool>& serving) {
  bool healthy = true;
  std::vector<std::string> states;
  for (const auto& [name, up] : serving) {
    healthy = healthy && up;
    states.push_back(absl::StrCat("\"", name, "\":\"", up ? "ok" : "unreachable", "\""));
  }
  return {.status = healthy ? 200 : 503,
          .code = healthy ? absl::StatusCode::kOk : absl::StatusCode::kUnavailable,
          .content_type = kJsonType,
          .body = absl::StrCat("{\"status\":\"", healthy ? "ok" : "degraded", "\",\"services\":{",
                               absl::StrJoin(states, ","), "}}\n")};
}

}  // namespace regulars::gateway
