// The HTTP server: accepts connections and serves each by a coroutine on one of a few
// single-threaded event loops.
#ifndef GATEWAY_HTTP_SERVER_H_
#define GATEWAY_HTTP_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "gateway/http/door.h"

namespace regulars::gateway {

class HttpServer {
 public:
  // FAILED_PRECONDITION CANNOT_LISTEN when the address is taken. `door` must outlive the server.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Door& door);
  // Stops accepting, gives requests under way a moment, closes what is left.
  ~HttpServer();

  int port() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_SERVER_H_
