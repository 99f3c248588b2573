#include "gateway/http/head.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::gateway {
namespace {

constexpr unsigned kHttp11 = 11;

// What a host and port consist of (RFC 3986, 3.2.2 and 3.2.3); a user's name is not part of them.
bool IsAuthority(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) ||
           absl::string_view("-._~%!$&'()*+,;=:[]").find(c) != absl::string_view::npos;
  });
}

std::vector<absl::string_view> ValuesOf(const Headers& headers, absl::string_view name) {
  std::vector<absl::string_view> values;
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) values.emplace_back(value);
  }
  return values;
}

absl::Status CheckHost(unsigned version, const Headers& headers) {
  const std::vector<absl::string_view> hosts = ValuesOf(headers, "host");
  if (hosts.size() > 1 || (hosts.empty() && version >= kHttp11)) {
    return InvalidArgument("INVALID_HOST", "a request needs exactly one Host header");
  }
  if (!hosts.empty() && !IsAuthority(hosts[0])) {
    return InvalidArgument("INVALID_HOST", "the Host header is not a host");
  }
  return absl::OkStatus();
}

absl::Status CheckAuthorization(const Headers& headers) {
  const auto count = std::count_if(headers.begin(), headers.end(), [](const auto& header) {
    return absl::EqualsIgnoreCase(header.first, "authorization");
  });
  if (count <= 1) return absl::OkStatus();
  return InvalidArgument("INVALID_AUTHORIZATION", "a request can have one Authorization header");
}

absl::Status CheckTransferEncoding(unsigned version, const Headers& headers) {
  const std::vector<absl::string_view> codings = ValuesOf(headers, "transfer-encoding");
  if (codings.empty()) return absl::OkStatus();
  if (codings.size() > 1 || version < kHttp11 || !absl::EqualsIgnoreCase(codings[0], "chunked")) {
    return InvalidArgument("INVALID_TRANSFER_ENCODING",
                           "Transfer-Encoding can be 'chunked', in HTTP/1.1, and nothing else");
  }
  if (!ValuesOf(headers, "content-length").empty()) {
    return InvalidArgument("INVALID_TRANSFER_ENCODING",
                           "Transfer-Encoding and Content-Length contradict each other");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Target> ParseTarget(absl::string_view method, absl::string_view target) {
  if (target == kWholeServer && method == "OPTIONS") return Target{kWholeServer, ""};
  bool is_url = false;
  for (const absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(target, scheme)) continue;
    is_url = true;
    target.remove_prefix(scheme.size());
    const absl::string_view authority = target.substr(0, target.find_first_of("/?"));
    if (authority.empty() || !IsAuthority(authority)) {
      return InvalidArgument("MALFORMED_TARGET", "the target's host is malformed");
    }
    target.remove_prefix(authority.size());
    break;
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  // A URL without a path means the root.
  const absl::string_view path = is_url && parts.first.empty() ? "/" : parts.first;
  if (!absl::StartsWith(path, "/")) {
    return InvalidArgument("MALFORMED_TARGET", "the target is neither a path nor a URL");
  }
  return Target{std::string(path), std::string(parts.second)};
}

bool NamesOtherVersion(absl::string_view text) {
  const absl::string_view line = text.substr(0, text.find("\r\n"));
  const absl::string_view version = line.substr(line.rfind(' ') + 1);
  return version.size() == absl::string_view("HTTP/x.y").size() &&
         absl::StartsWith(version, "HTTP/") && absl::ascii_isdigit(version[5]) &&
         version[6] == '.' && absl::ascii_isdigit(version[7]) && version != "HTTP/1.0" &&
         version != "HTTP/1.1";
}

absl::Status CheckHead(unsigned version, const Headers& headers) {
  ABSL_RETURN_IF_ERROR(CheckHost(version, headers));
  ABSL_RETURN_IF_ERROR(CheckAuthorization(headers));
  return CheckTransferEncoding(version, headers);
}

}  // namespace regulars::gateway
