// Whether the services behind the door serve, by the standard health interface (grpc.health.v1).
#ifndef GATEWAY_HTTP_HEALTH_H_
#define GATEWAY_HTTP_HEALTH_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "gateway/upstream/call.h"

namespace regulars::gateway {

// What a service has to answer.
inline constexpr absl::Duration kHealthTimeout = absl::Seconds(2);

// Asks all services at once, so that it takes no longer than the slowest of them, and `timeout` at
// most. `io` is the single-threaded loop of the caller, `upstreams` outlive it.
boost::asio::awaitable<std::map<std::string, bool>> AskWhoServes(
    boost::asio::io_context& io, const std::map<std::string, std::unique_ptr<Upstream>>& upstreams,
    absl::Duration timeout);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_HEALTH_H_
