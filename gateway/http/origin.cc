#include "gateway/http/origin.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace regulars::gateway {
namespace {

constexpr char kNoOrigin[] =
    "is no origin: it must be scheme://host or scheme://host:port, in lower case, with nothing "
    "behind it, or '*'";
constexpr char kDefaultPort[] =
    "is no origin: leave out the port that the scheme implies, as browsers do";
constexpr int kMaxPort = 65535;

bool IsLowerOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

bool HoldsOnly(absl::string_view text, absl::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [others](char c) {
    return IsLowerOrDigit(c) || others.find(c) != absl::string_view::npos;
  });
}

bool IsScheme(absl::string_view text) {
  return HoldsOnly(text, "+-.") && absl::ascii_islower(text[0]);
}

// A name, an IPv4 address, or an IPv6 address in brackets.
bool IsHost(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "[")) {
    return absl::ConsumeSuffix(&text, "]") && HoldsOnly(text, ":.");
  }
  return HoldsOnly(text, "-._");
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         text[0] != '0' && absl::SimpleAtoi(text, &port) && port <= kMaxPort;
}

}  // namespace

std::string OriginProblem(absl::string_view text) {
  if (text == "*") return "";
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits("://", 1));
  absl::string_view host = parts.second;
  absl::string_view port;
  const size_t colon = host.rfind(':');
  const bool has_port = colon != absl::string_view::npos && host.back() != ']';
  if (has_port) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (!IsScheme(parts.first) || !IsHost(host) || (has_port && !IsPort(port))) return kNoOrigin;
  const bool is_implied =
      (parts.first == "https" && port == "443") || (parts.first == "http" && port == "80");
  return is_implied ? kDefaultPort : "";
}

}  // namespace regulars::gateway
