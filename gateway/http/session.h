// One connection: reads requests one after another, answers each in full before the next.
#ifndef GATEWAY_HTTP_SESSION_H_
#define GATEWAY_HTTP_SESSION_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>

#include "gateway/http/connection.h"
#include "gateway/http/door.h"

namespace regulars::gateway {

boost::asio::awaitable<void> ServePlain(boost::asio::io_context& io, Door& door, PlainStream stream,
                                        std::unique_ptr<OpenConnections::Place> place);
boost::asio::awaitable<void> ServeTls(boost::asio::io_context& io, Door& door,
                                      std::unique_ptr<TlsStream> stream,
                                      std::unique_ptr<OpenConnections::Place> place);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_SESSION_H_
