// Coroutines that nobody waits for. What one throws ends it alone, and is logged: Asio would drop
// it without a word.
//
//   Spawn(io, "a connection was given up", Serve(io, std::move(stream)));
#ifndef GATEWAY_HTTP_SPAWN_H_
#define GATEWAY_HTTP_SPAWN_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway {

// `complaint` is the line in the log.
void Spawn(boost::asio::io_context& io, std::string complaint,
           boost::asio::awaitable<void> coroutine);

// The same for what must go on: whenever it has thrown, `make` makes another, after a moment's
// rest.
void SpawnAgain(boost::asio::io_context& io, std::string complaint,
                std::function<boost::asio::awaitable<void>()> make);

// Logs what was thrown, if anything was. Returns whether it was.
bool Complain(absl::string_view complaint, const std::exception_ptr& thrown);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_SPAWN_H_
