#include "chassis/rpc/call_metadata.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "chassis/base/errors.h"

namespace regulars::rpc {
namespace {

constexpr absl::string_view kScheme = "Bearer ";

}  // namespace

absl::StatusOr<absl::string_view> BearerToken(absl::string_view header) {
  // The scheme's case does not matter (RFC 9110 §11.1).
  if (!absl::StartsWithIgnoreCase(header, kScheme) || header.size() == kScheme.size()) {
    return Unauthenticated("TOKEN_MISSING", "send 'authorization: Bearer <token>'");
  }
  return header.substr(kScheme.size());
}

std::string TraceId(absl::string_view parent) {
  if (parent.size() != 55 || parent[2] != '-' || parent[35] != '-') return "";
  const absl::string_view id = parent.substr(3, 32);
  for (const char c : id) {
    if (!absl::ascii_isdigit(c) && (c < 'a' || c > 'f')) return "";
  }
  // "An invalid value" (W3C Trace Context, 3.2.2.3), under which strangers' calls would be one.
  if (id.find_first_not_of('0') == absl::string_view::npos) return "";
  return std::string(id);
}

absl::StatusOr<int> ReadHops(absl::string_view text) {
  int hops = 0;
  if (!text.empty() && (!absl::SimpleAtoi(text, &hops) || hops < 0)) {
    return InvalidArgument("INVALID_HOPS", "regulars-hops is not a count");
  }
  if (hops > kMaxHops) {
    return FailedPrecondition("TOO_MANY_HOPS", "the call is more than 8 services from its cause");
  }
  return hops;
}

std::optional<FeedPosition> ReadFeedPosition(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  FeedPosition read{std::string(text.substr(0, colon))};
  if (!absl::SimpleAtoi(text.substr(colon + 1), &read.position) || read.position < 0) {
    return std::nullopt;
  }
  return read;
}

}  // namespace regulars::rpc
