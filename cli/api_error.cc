// Errors as they come over HTTP: Google's JSON form, OAuth's, or whatever a proxy in between says.
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "cli/client.h"

namespace regulars::cli {
namespace {

constexpr int kLastCode = static_cast<int>(absl::StatusCode::kUnauthenticated);

absl::StatusCode CodeNamed(absl::string_view name) {
  for (int code = 1; code <= kLastCode; ++code) {
    if (CodeName(static_cast<absl::StatusCode>(code)) == name) {
      return static_cast<absl::StatusCode>(code);
    }
  }
  return absl::StatusCode::kUnknown;
}

absl::StatusCode CodeOfHttp(int status) {
  switch (status) {
    case 400:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    case 502:
    case 503:
    case 504:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kUnknown;
  }
}

// "3.5s", as JSON writes google.protobuf.Duration.
std::optional<absl::Duration> ParseSeconds(absl::string_view text) {
  double seconds = 0;
  if (!absl::EndsWith(text, "s") || !absl::SimpleAtod(text.substr(0, text.size() - 1), &seconds)) {
    return std::nullopt;
  }
  return absl::Seconds(seconds);
}

void ReadDetail(const Json& detail, ErrorDetails& details) {
  const std::string type = Text(detail, "@type");
  if (absl::EndsWith(type, "google.rpc.ErrorInfo")) {
    details.reason = Text(detail, "reason");
    if (const Json* metadata = Find(detail, "metadata"); metadata && metadata->is_object()) {
      for (const auto& [key, value] : metadata->items()) {
        if (value.is_string()) details.metadata.emplace_back(key, value.get<std::string>());
      }
    }
  } else if (absl::EndsWith(type, "google.rpc.BadRequest")) {
    for (const Json& violation : Items(detail, "fieldViolations")) {
      details.violations.push_back({Text(violation, "field"), Text(violation, "description")});
    }
  } else if (absl::EndsWith(type, "google.rpc.RetryInfo")) {
    details.retry_after = ParseSeconds(Text(detail, "retryDelay"));
  }
}

absl::Status OAuthError(const Json& body, const HttpReply& reply) {
  return Error(CodeOfHttp(reply.status), Text(body, "error_description"),
               {.reason = absl::AsciiStrToUpper(Text(body, "error"))});
}

// Neither JSON nor ours: something between here and there has answered.
absl::Status ForeignError(const HttpReply& reply) {
  const std::string location = reply.Header("location");
  ErrorDetails details{.reason = reply.status / 100 == 3 ? "REDIRECTED" : "NOT_REGULARS"};
  if (!location.empty()) details.metadata.emplace_back("location", location);
  return Error(CodeOfHttp(reply.status), absl::StrCat("HTTP status ", reply.status), details);
}

}  // namespace

absl::Status ErrorOf(const Json& error) {
  ErrorDetails details;
  for (const Json& detail : Items(error, "details")) ReadDetail(detail, details);
  const int64_t number = Int(error, "code");
  absl::StatusCode code = CodeNamed(Text(error, "status"));
  if (Find(error, "status") == nullptr && number > 0 && number <= kLastCode) {
    code = static_cast<absl::StatusCode>(number);
  }
  if (details.reason.empty()) details.reason = std::string(CodeName(code));
  return Error(code, Text(error, "message"), details);
}

absl::Status ErrorOf(const HttpReply& reply) {
  const absl::StatusOr<Json> body = ParseJson(reply.body);
  if (!body.ok() || !body->is_object()) return ForeignError(reply);
  const Json* error = Find(*body, "error");
  if (error == nullptr) return ForeignError(reply);
  const absl::Status status = error->is_string() ? OAuthError(*body, reply) : ErrorOf(*error);
  int seconds = 0;
  ErrorDetails details = GetErrorDetails(status);
  if (!details.retry_after && absl::SimpleAtoi(reply.Header("retry-after"), &seconds)) {
    details.retry_after = absl::Seconds(seconds);
    return Error(status.code(), status.message(), details);
  }
  return status;
}

}  // namespace regulars::cli
