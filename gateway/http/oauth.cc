#include "gateway/http/oauth.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "gateway/http/oauth_request.h"
#include "gateway/json/quote.h"

namespace regulars::gateway {
namespace {

std::string Quote(absl::string_view text) {
  std::string quoted;
  json::AppendQuoted(text, &quoted);
  return quoted;
}

absl::StatusOr<ClientToken> Issue(const Access& access, const HttpRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const ClientTokenRequest client, ReadTokenRequest(request));
  return access.IssueClientToken(client);
}

HttpResponse Refusal(const absl::Status& status) {
  const OAuthError error = ToOAuthError(status);
  HttpResponse response{
      .status = error.http_status,
      .code = status.code(),
      .content_type = "application/json",
      .body = absl::StrCat("{\"error\":", Quote(error.error),
                           ",\"error_description\":", Quote(error.description), "}\n")};
  if (error.http_status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"regulars\"");
  }
  if (error.retry_after) {
    response.headers.emplace_back(
        "Retry-After", absl::StrCat(std::ceil(absl::ToDoubleSeconds(*error.retry_after))));
  }
  return response;
}

}  // namespace

Handler TokenEndpoint(const Access& access) {
  return [&access](const HttpRequest& request) -> HttpResponse {
    const absl::StatusOr<ClientToken> token = Issue(access, request);
    if (!token.ok()) return Refusal(token.status());
    return {.content_type = "application/json",
            .body = absl::StrCat("{\"access_token\":", Quote(token->access_token),
                                 ",\"token_type\":\"Bearer\",\"expires_in\":",
                                 absl::ToInt64Seconds(token->expires_in),
                                 ",\"scope\":", Quote(token->scope), "}\n"),
            // For caches of HTTP/1.0; Cache-Control is in every answer.
            .headers = {{"Pragma", "no-cache"}}};
  };
}

Handler KeysEndpoint(const Access& access) {
  return [&access](const HttpRequest&) -> HttpResponse {
    return {.content_type = "application/jwk-set+json", .body = access.PublicKeys()};
  };
}

}  // namespace regulars::gateway
