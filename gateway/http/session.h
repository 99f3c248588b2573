// One connection: reads requests one after another, answers each in full before the next.
#ifndef GATEWAY_HTTP_SESSION_H_
#define GATEWAY_HTTP_SESSION_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "gateway/http/door.h"

namespace regulars::gateway {

using PlainStream = boost::beast::tcp_stream;
using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

boost::asio::awaitable<void> ServePlain(boost::asio::io_context& io, Door& door,
                                        PlainStream stream);
boost::asio::awaitable<void> ServeTls(boost::asio::io_context& io, Door& door,
                                      std::unique_ptr<TlsStream> stream);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_SESSION_H_
