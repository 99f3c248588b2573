// The connections that are open: how many, and the means to break them off when the process stops.
//
// Thread-safe. A connection is added and removed on its own event loop.
#ifndef GATEWAY_HTTP_OPEN_CONNECTIONS_H_
#define GATEWAY_HTTP_OPEN_CONNECTIONS_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

namespace regulars::gateway {

class OpenConnections {
 public:
  // One connection, for as long as this lives. `break_off` closes its socket.
  class Entry {
   public:
    Entry(OpenConnections& all, boost::asio::io_context& io, std::function<void()> break_off)
        : all_(all), id_(all.Add(io, std::move(break_off))) {}
    ~Entry() { all_.Remove(id_); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    OpenConnections& all_;
    const uint64_t id_;
  };

  size_t size() const { return size_; }

  // Breaks off all of them, each on its own loop.
  void BreakOff() {
    std::lock_guard lock(mutex_);
    for (const auto& [id, connection] : connections_) {
      boost::asio::post(*connection.io, [this, id = id] { BreakOne(id); });
    }
  }

 private:
  struct Connection {
    boost::asio::io_context* io;
    std::function<void()> break_off;
  };

  uint64_t Add(boost::asio::io_context& io, std::function<void()> break_off) {
    std::lock_guard lock(mutex_);
    connections_[++last_id_] = {&io, std::move(break_off)};
    size_ = connections_.size();
    return last_id_;
  }

  void Remove(uint64_t id) {
    std::lock_guard lock(mutex_);
    connections_.erase(id);
    size_ = connections_.size();
  }

  // On the connection's loop, where alone it can end: if it is still there, it stays meanwhile.
  void BreakOne(uint64_t id) {
    std::lock_guard lock(mutex_);
    if (const auto found = connections_.find(id); found != connections_.end()) {
      found->second.break_off();
    }
  }

  std::mutex mutex_;
  std::map<uint64_t, Connection> connections_;  // Guarded by mutex_.
  uint64_t last_id_ = 0;                        // Guarded by mutex_.
  std::atomic<size_t> size_{0};
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_OPEN_CONNECTIONS_H_
