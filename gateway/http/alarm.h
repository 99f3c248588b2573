// Interrupts what a socket is doing after some time. Unlike tcp_stream's own limit it leaves the
// socket open, so that the client can still be told.
//
// For one event loop's thread.
#ifndef GATEWAY_HTTP_ALARM_H_
#define GATEWAY_HTTP_ALARM_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <memory>

#include "absl/time/time.h"

namespace regulars::gateway {

class Alarm {
 public:
  // `tcp` must outlive the alarm.
  explicit Alarm(boost::beast::tcp_stream& tcp)
      : state_(std::make_shared<State>(tcp)), timer_(tcp.get_executor()) {}
  ~Alarm() { Off(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  void Set(absl::Duration after) {
    Off();
    state_->rang = false;
    timer_.expires_after(absl::ToChronoMilliseconds(after));
    // A call may be queued already when the alarm is set anew or goes: it knows by its number.
    timer_.async_wait([state = state_, number = state_->number](boost::system::error_code error) {
      if (error || number != state->number) return;
      state->rang = true;
      state->tcp.cancel();
    });
  }

  void Off() {
    ++state_->number;
    timer_.cancel();
  }

  // Whether it did since Set().
  bool rang() const { return state_->rang; }

 private:
  struct State {
    explicit State(boost::beast::tcp_stream& stream) : tcp(stream) {}
    boost::beast::tcp_stream& tcp;
    uint64_t number = 0;
    bool rang = false;
  };

  std::shared_ptr<State> state_;
  boost::asio::steady_timer timer_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_ALARM_H_
