// Notices that the other end of a connection has broken it off, while nothing is read or sent. It
// reads nothing, so what is sent meanwhile stays where it is, and an end that sends no more counts
// as being there. Costs one system call, and another when there is something to notice.
//
//   watch.On([&] { cancel what nobody waits for });  …  watch.Off();
//
// For one event loop's thread.
#ifndef GATEWAY_HTTP_BREAK_WATCH_H_
#define GATEWAY_HTTP_BREAK_WATCH_H_

#include <sys/socket.h>

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/beast/core/tcp_stream.hpp>

#include <functional>
#include <memory>

namespace regulars::gateway {

class BreakWatch {
 public:
  // `tcp` must outlive the watch.
  explicit BreakWatch(boost::beast::tcp_stream& tcp) : tcp_(tcp) {}
  ~BreakWatch() { Off(); }
  BreakWatch(const BreakWatch&) = delete;
  BreakWatch& operator=(const BreakWatch&) = delete;

  // Calls `broken` at most once, before Off().
  void On(std::function<void()> broken) {
    watching_ = std::make_shared<bool>(true);
    const auto handler = [this, broken = std::move(broken),
                          watching = watching_](boost::system::error_code error) {
      // While it watches, this is there. Urgent data comes as an error too, and breaks nothing.
      if (!error && *watching && IsBroken()) broken();
    };
    tcp_.socket().async_wait(boost::asio::socket_base::wait_error, handler);
  }

  // Does nothing if it is off.
  void Off() {
    if (watching_ == nullptr) return;
    *watching_ = false;
    watching_.reset();
    tcp_.cancel();
  }

 private:
  // The system tells an error once.
  bool IsBroken() {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(tcp_.socket().native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 ||
           error != 0;
  }

  boost::beast::tcp_stream& tcp_;
  std::shared_ptr<bool> watching_;  // Shared with the handler, which may come after the end.
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_BREAK_WATCH_H_
