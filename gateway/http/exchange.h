// One request at a time of one connection, and the ways to answer it. What the parts of a session
// share: session.cc reads requests and finds who is asked, upload.cc and stream.cc serve those that
// are passed on in pieces.
//
// Belongs to one coroutine on one event loop.
#ifndef GATEWAY_HTTP_EXCHANGE_H_
#define GATEWAY_HTTP_EXCHANGE_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gateway/http/connection.h"
#include "gateway/http/door.h"
#include "gateway/transcode/request.h"

namespace regulars::gateway {

// Counts something for as long as this lives.
class Counted {
 public:
  explicit Counted(std::atomic<size_t>& count) : count_(count), number_(++count) {}
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  // How many there were with this one.
  size_t number() const { return number_; }

 private:
  std::atomic<size_t>& count_;
  const size_t number_;
};

class Exchange {
 public:
  Exchange(boost::asio::io_context& io, Door& door, Connection& connection)
      : io_(io), door_(door), connection_(connection) {}

  boost::asio::io_context& io() { return io_; }
  Door& door() { return door_; }
  const Door& door() const { return door_; }
  Connection& connection() { return connection_; }
  HttpRequest& request() { return request_; }
  const HttpRequest& request() const { return request_; }

  // Another request has come.
  void Begin(absl::Time now);
  absl::Duration age() const;

  // Counts what the request came to, where no Send() does.
  void Count(absl::StatusCode code) { door_.metrics().Count(code, age()); }

  boost::asio::awaitable<void> Send(HttpResponse& response);
  // Answers a request whose body nobody wants: a small one is passed over, before a larger one the
  // connection ends.
  boost::asio::awaitable<void> SendUnread(HttpResponse& response);
  // Answers what cannot be read on; what follows cannot be told from it.
  boost::asio::awaitable<void> RefuseAndClose(const absl::Status& why);

  RequestParts Parts(const MethodTable::Match& match) const;
  // A service's answer.
  HttpResponse MakeResponse(const Route& route, const grpc::Status& status,
                            const std::string& bytes, const std::string& position);

 private:
  boost::asio::io_context& io_;
  Door& door_;
  Connection& connection_;
  HttpRequest request_;
  absl::Time start_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_EXCHANGE_H_
