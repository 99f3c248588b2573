// Calls to a service behind the gateway, in bytes: the gateway knows its methods by descriptors,
// not by generated code. Made for coroutines on a single-threaded io_context: each function
// suspends the caller until gRPC has answered; nothing blocks.
#ifndef GATEWAY_UPSTREAM_CALL_H_
#define GATEWAY_UPSTREAM_CALL_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::gateway {

// Whether gRPC takes a value as metadata: printable ASCII. It ends the process over any other.
bool IsMetadataValue(absl::string_view value);

// What every call carries to the service.
struct CallHeaders {
  // The values must be as IsMetadataValue() says.
  std::vector<std::pair<std::string, std::string>> metadata;
  absl::Duration timeout = absl::Seconds(30);
};

struct UnaryReply {
  grpc::Status status;
  std::string bytes;
  // It came, and was not admitted.
  bool refused = false;
  // The feed position that holds a write; "" for reads.
  std::string position;
};

// A channel to one service, shared by all connections. Thread-safe.
class Upstream {
 public:
  Upstream(std::string name, std::shared_ptr<grpc::Channel> channel)
      : name_(std::move(name)), channel_(std::move(channel)), stub_(channel_) {}
  // Cancels what is under way, and waits for its end.
  ~Upstream();

  const std::string& name() const { return name_; }
  grpc::Channel& channel() { return *channel_; }
  grpc::GenericStub& stub() { return stub_; }

  // Calls under way, so that they can be ended together when the process stops. Whoever removes one
  // does not touch this afterwards.
  void Add(grpc::ClientContext* call);
  void Remove(grpc::ClientContext* call);
  void CancelAll();

 private:
  const std::string name_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  std::mutex mutex_;
  std::condition_variable removed_;
  absl::flat_hash_set<grpc::ClientContext*> calls_;  // Guarded by mutex_.
};

// Lets a coroutine sleep until Wake() is called from any thread.
class Sleeper {
 public:
  explicit Sleeper(boost::asio::io_context& io) : io_(io), timer_(io) {}

  // Wakes the sleeper, or lets the next Sleep() return at once. `self` keeps it alive meanwhile.
  static void Wake(std::shared_ptr<Sleeper> self);
  // Whether any thread is in the middle of Wake(). The sleeper may be awake, done and gone before
  // its waker has let go of the io_context, which must live until then.
  static bool AnyWaking() { return waking > 0; }
  // Whether it was woken within `limit`.
  boost::asio::awaitable<bool> Sleep(absl::Duration limit = absl::InfiniteDuration());

 private:
  inline static std::atomic<size_t> waking{0};
  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  bool woken_ = false;  // Touched on the io_context's thread alone.
};

// Told of a call that takes longer than most, once, with what cancels it: that may be called at any
// time later, and by then do nothing.
using OnSlow = std::function<void(std::function<void()> cancel)>;
inline constexpr absl::Duration kSlowCall = absl::Milliseconds(100);

// Asked, on a thread of gRPC's, whether an answer of so many bytes may come in; else they are
// dropped. What it holds must live as long as the upstream.
using Admit = std::function<bool(uint64_t bytes)>;

boost::asio::awaitable<UnaryReply> CallUnary(boost::asio::io_context& io, Upstream& upstream,
                                             const std::string& method, const CallHeaders& headers,
                                             const std::string& request, const OnSlow& on_slow,
                                             const Admit& admit);

// A stream in either direction. Belongs to one coroutine; the destructor cancels what is left.
class Stream {
 public:
  Stream(boost::asio::io_context& io, Upstream& upstream, const std::string& method,
         const CallHeaders& headers);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // False when the service takes no more: Finish() tells why.
  boost::asio::awaitable<bool> Write(const std::string& message);
  boost::asio::awaitable<void> WritesDone();
  // False at the end of the stream.
  boost::asio::awaitable<bool> Read(std::string& message);
  // The same, but waits no longer than `limit`. After kNotYet the next operation must be this one.
  enum class Came { kMessage, kEnd, kNotYet };
  boost::asio::awaitable<Came> ReadFor(std::string& message, absl::Duration limit);
  boost::asio::awaitable<grpc::Status> Finish();
  // Trailing metadata, after Finish().
  std::string Position() const;

  // Ends the call from elsewhere on the event loop: what the coroutine waits for returns false
  // soon. May be called when the stream has gone.
  std::function<void()> Canceller() const;

 private:
  class Reactor;
  std::shared_ptr<Reactor> reactor_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_UPSTREAM_CALL_H_
