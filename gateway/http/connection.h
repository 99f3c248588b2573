// One client's connection: heads, bodies and answers on the wire, within their limits. What they
// mean is the session's business.
//
//   while (connection.open()) {
//     const absl::Status read = co_await connection.ReadHead(request);
//     … co_await connection.ReadBody(request.body); … co_await connection.Send(request, answer);
//   }
//
// Reading ends with CANCELLED when there is nobody to answer: the client has gone, or has begun no
// request for long; with another error when the client should be told, before the connection is
// closed.
//
// Belongs to one coroutine on one event loop. Arguments that are references must outlive the call.
#ifndef GATEWAY_HTTP_CONNECTION_H_
#define GATEWAY_HTTP_CONNECTION_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gateway/http/body_budget.h"
#include "gateway/http/message.h"
#include "gateway/http/options.h"

namespace regulars::gateway {

using PlainStream = boost::beast::tcp_stream;
using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

class Connection {
 public:
  virtual ~Connection() = default;

  // The address at the other end.
  virtual const std::string& peer() const = 0;
  // Whether another request may come.
  virtual bool open() const = 0;
  // Ends the connection with the next answer, or at once when none follows.
  virtual void Close() = 0;

  // Reads the next request but for its body. What is wrong with a head leaves its body's end in
  // doubt, so after any error no other request may be read. HEADERS_TOO_SLOW, HEADERS_TOO_LARGE,
  // MALFORMED_HTTP, HTTP_VERSION_NOT_SUPPORTED, and what CheckHead() and ParseTarget() say.
  virtual boost::asio::awaitable<absl::Status> ReadHead(HttpRequest& request) = 0;
  // Whether the request has a body that is not read yet; whether it is so small that reading it
  // costs less than another connection, and comes without being asked for.
  virtual bool has_unread_body() const = 0;
  virtual bool unread_body_is_small() const = 0;

  // Reads a body of at most `limit` bytes as a whole, which `claim` holds meanwhile and afterwards.
  // BODY_TOO_LARGE, BODY_TOO_SLOW, MALFORMED_HTTP, OVERLOADED.
  virtual boost::asio::awaitable<absl::Status> ReadBody(uint64_t limit, BodyBudget::Claim& claim,
                                                        std::string& body) = 0;
  // Reads an upload's next piece: as much as the body goes, up to the size of `piece`, which is cut
  // to it. Errors as above.
  virtual boost::asio::awaitable<absl::Status> ReadPiece(std::string& piece) = 0;

  // Sends an answer. Nothing tells whether it arrives; if it cannot, the connection is not open.
  virtual boost::asio::awaitable<void> Send(const HttpRequest& request, HttpResponse& response) = 0;
  // The same in parts: the head, chunks of the body, the end. False when it cannot be sent. A
  // client of HTTP/1.0 knows no chunks: its answer ends with the connection.
  virtual boost::asio::awaitable<bool> SendHead(const HttpResponse& response) = 0;
  virtual boost::asio::awaitable<bool> SendChunk(const std::string& text) = 0;
  virtual boost::asio::awaitable<bool> SendLastChunk() = 0;

  // Calls `gone` once the connection breaks, while nothing is read: answers that are sent in parts
  // may rest for long, and what makes them should end at once. What the client sends meanwhile is
  // kept for later; more than a head of it counts as having gone. EndWatch() must follow.
  virtual void Watch(std::function<void()> gone) = 0;
  // Whether the client has said meanwhile that it sends no more. It may still read, or have gone:
  // only sending to it can tell.
  virtual bool half_closed() const = 0;
  virtual boost::asio::awaitable<void> EndWatch() = 0;

  // Calls `broken` once if the client breaks the connection off, while nothing is read or sent.
  // Nothing of what it sends is read: one that sends no more counts as being there.
  virtual void WatchForBreak(std::function<void()> broken) = 0;
  // Ends that, if it has begun.
  virtual void EndWatchForBreak() = 0;
};

// The stream must outlive the connection.
std::unique_ptr<Connection> MakeConnection(boost::asio::io_context& io, const HttpOptions& options,
                                           PlainStream& stream);
std::unique_ptr<Connection> MakeConnection(boost::asio::io_context& io, const HttpOptions& options,
                                           TlsStream& stream);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_CONNECTION_H_
