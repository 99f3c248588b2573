// What callers say beside a request: token, trace, hops, and the position to read after. Pure;
// thread-safe.
#ifndef CHASSIS_RPC_CALL_METADATA_H_
#define CHASSIS_RPC_CALL_METADATA_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::rpc {

// Calls further than this from the request that caused them are refused: something goes in circles.
inline constexpr int kMaxHops = 8;

// The token of an authorization header: UNAUTHENTICATED TOKEN_MISSING if it holds none.
absl::StatusOr<absl::string_view> BearerToken(absl::string_view header);

// The trace id of a W3C traceparent ("00-<32 hex>-<16 hex>-<2 hex>"), or "" where it has none.
std::string TraceId(absl::string_view parent);

// How many services a call is from its cause; "" is 0. INVALID_HOPS; TOO_MANY_HOPS.
absl::StatusOr<int> ReadHops(absl::string_view text);

// A place in a service's feed, "customer:17".
struct FeedPosition {
  std::string service;
  int64_t position = 0;
};
std::optional<FeedPosition> ReadFeedPosition(absl::string_view text);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_CALL_METADATA_H_
