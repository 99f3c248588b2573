// What RFC 9112 asks of a request's head beyond its grammar: that it leaves no doubt for whom it is
// and where its body ends. Two readers of one head must never see two different requests: that is
// how a request is smuggled past one of them. Pure functions.
#ifndef GATEWAY_HTTP_HEAD_H_
#define GATEWAY_HTTP_HEAD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/http/message.h"

namespace regulars::gateway {

// A request for the server as a whole (RFC 9112, 3.2.4), which OPTIONS alone can be.
inline constexpr char kWholeServer[] = "*";

struct Target {
  std::string path;
  std::string query;  // Without '?'.
};

// The path and query of a request's target: "/a?b", or a whole URL, "http://shop/a?b", or
// kWholeServer for OPTIONS. Other forms ("shop:443") are for proxies and are refused:
// MALFORMED_TARGET.
absl::StatusOr<Target> ParseTarget(absl::string_view method, absl::string_view target);

// Whether the request line that `text` begins with names a version of HTTP, and one that is neither
// 1.0 nor 1.1: whoever asks so means well, and is told which there are.
bool NamesOtherVersion(absl::string_view text);

// `version` is 10 for HTTP/1.0, 11 for HTTP/1.1. INVALID_ARGUMENT, after which the connection must
// be closed:
// - INVALID_HOST: HTTP/1.1 needs exactly one Host header (section 3.2).
// - INVALID_AUTHORIZATION: there can be one Authorization header; of two it is not clear who asks.
// - INVALID_TRANSFER_ENCODING: anything but one "chunked", alone, in HTTP/1.1 (section 6).
absl::Status CheckHead(unsigned version, const Headers& headers);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_HEAD_H_
