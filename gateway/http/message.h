// A request and its answer, as the handlers see them; the wire is the session's business.
#ifndef GATEWAY_HTTP_MESSAGE_H_
#define GATEWAY_HTTP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;   // As sent, without the query.
  std::string query;  // Without '?'.
  Headers headers;
  std::string body;
  // Who sent it: the peer, or whom the trusted proxies name.
  std::string remote_address;

  // The first header of this name, in whatever case; "" without.
  absl::string_view Header(absl::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (absl::EqualsIgnoreCase(key, name)) return value;
    }
    return "";
  }
};

struct HttpResponse {
  int status = 200;
  // What the request came to, for those who count; HTTP's statuses tell less.
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string content_type;
  std::string body;
  Headers headers;
  // The body as gzip where it is there already. Outlives the answer.
  const std::string* packed = nullptr;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_MESSAGE_H_
