#include "gateway/http/oauth_request.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/routing/percent.h"

namespace regulars::gateway {
namespace {

constexpr absl::string_view kFormType = "application/x-www-form-urlencoded";

absl::Status BadForm(absl::string_view why) { return InvalidArgument("INVALID_REQUEST", why); }

absl::StatusOr<std::string> Unescape(absl::string_view text) {
  const std::optional<std::string> plain = PercentDecode(text, Decode::kForm);
  if (!plain) return BadForm("the form is malformed");
  return *plain;
}

// application/x-www-form-urlencoded; a parameter must not come twice (RFC 6749 §3.2).
absl::StatusOr<std::map<std::string, std::string>> ParseForm(absl::string_view body) {
  std::map<std::string, std::string> form;
  for (absl::string_view part : absl::StrSplit(body, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    ABSL_ASSIGN_OR_RETURN(const std::string key, Unescape(pair.first));
    ABSL_ASSIGN_OR_RETURN(const std::string value, Unescape(pair.second));
    if (!form.emplace(key, value).second) return BadForm("a parameter comes twice");
  }
  return form;
}

// The client's id and secret: from HTTP Basic authentication, or else from the form; not from both
// (RFC 6749 §2.3). With Basic the form may still say who the client is.
absl::Status ReadClient(const HttpRequest& request, std::map<std::string, std::string>& form,
                        ClientTokenRequest& client) {
  absl::string_view header = request.Header("authorization");
  if (!absl::StartsWithIgnoreCase(header, "basic ")) {
    client.client_id = form["client_id"];
    client.client_secret = form["client_secret"];
    return absl::OkStatus();
  }
  std::string plain;
  if (!absl::Base64Unescape(header.substr(6), &plain)) return BadForm("Basic is malformed");
  const std::pair<absl::string_view, absl::string_view> pair =
      absl::StrSplit(plain, absl::MaxSplits(':', 1));
  ABSL_ASSIGN_OR_RETURN(client.client_id, Unescape(pair.first));
  ABSL_ASSIGN_OR_RETURN(client.client_secret, Unescape(pair.second));
  const std::string& named = form["client_id"];
  if (!form["client_secret"].empty() || (!named.empty() && named != client.client_id)) {
    return BadForm("the client must authenticate by Basic or by the form, not by both");
  }
  return absl::OkStatus();
}

// A form by name, or one whose sender has not said what it is.
absl::Status CheckType(absl::string_view type) {
  const absl::string_view media = absl::StripAsciiWhitespace(type.substr(0, type.find(';')));
  if (media.empty() || absl::EqualsIgnoreCase(media, kFormType)) return absl::OkStatus();
  return BadForm(absl::StrCat("send a form, as Content-Type: ", kFormType));
}

}  // namespace

absl::StatusOr<ClientTokenRequest> ReadTokenRequest(const HttpRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckType(request.Header("content-type")));
  ABSL_ASSIGN_OR_RETURN(auto form, ParseForm(request.body));
  // A parameter without a value counts as not given (§3.2).
  if (form["grant_type"].empty()) return BadForm("grant_type is missing");
  if (form["grant_type"] != "client_credentials") {
    return InvalidArgument("UNSUPPORTED_GRANT_TYPE", "grant_type must be client_credentials");
  }
  ClientTokenRequest client{.scope = form["scope"], .source = request.remote_address};
  ABSL_RETURN_IF_ERROR(ReadClient(request, form, client));
  return client;
}

}  // namespace regulars::gateway
