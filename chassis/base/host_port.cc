#include "chassis/base/host_port.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars {
namespace {

constexpr int kLastPort = 65535;

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(absl::string_view flag, absl::string_view text) {
  const size_t colon = text.rfind(':');
  const absl::string_view digits = colon == text.npos ? "" : text.substr(colon + 1);
  absl::string_view host = colon == text.npos ? "" : text.substr(0, colon);
  const bool bracketed = absl::StartsWith(host, "[") && absl::EndsWith(host, "]");
  if (bracketed) host = host.substr(1, host.size() - 2);
  int port = 0;
  const bool is_number = !digits.empty() &&
                         std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) &&
                         absl::SimpleAtoi(digits, &port);
  if (host.empty() || !is_number || port > kLastPort || absl::StrContains(host, ":") != bracketed) {
    return FieldError(flag, "INVALID_FLAG",
                      absl::StrCat("must be 'host:port' with a port of at most ", kLastPort,
                                   ", not '", text, "'"));
  }
  return HostPort{std::string(host), port};
}

}  // namespace regulars
