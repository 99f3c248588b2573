// The connections that are open: how many, in all and from each address, and the means to break
// them off when the process stops.
//
// Thread-safe. A connection is added and removed on its own event loop.
#ifndef GATEWAY_HTTP_OPEN_CONNECTIONS_H_
#define GATEWAY_HTTP_OPEN_CONNECTIONS_H_

#include <utility>  // Before Boost: its 1.74 coroutines need it under g++ 12.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"

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

  // A connection's place, from its acceptance to its end.
  class Place {
   public:
    Place(OpenConnections& all, std::string address) : all_(all), address_(std::move(address)) {}
    ~Place() { all_.Leave(address_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    OpenConnections& all_;
    const std::string address_;
  };

  // Null when `limit` places are taken, or `limit_per_address` by this address.
  std::unique_ptr<Place> Enter(const std::string& address, size_t limit, size_t limit_per_address) {
    std::lock_guard lock(mutex_);
    if (places_ >= limit) return nullptr;
    const auto found = by_address_.find(address);
    if (found != by_address_.end() && found->second >= limit_per_address) return nullptr;
    ++by_address_[address];
    ++places_;
    return std::make_unique<Place>(*this, address);
  }

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
    return last_id_;
  }

  void Remove(uint64_t id) {
    std::lock_guard lock(mutex_);
    connections_.erase(id);
  }

  void Leave(const std::string& address) {
    std::lock_guard lock(mutex_);
    --places_;
    const auto found = by_address_.find(address);
    if (--found->second == 0) by_address_.erase(found);
  }

  // On the connection's loop, where alone it can end: if it is still there, it stays meanwhile.
  void BreakOne(uint64_t id) {
    std::lock_guard lock(mutex_);
    if (const auto found = connections_.find(id); found != connections_.end()) {
      found->second.break_off();
    }
  }

  std::mutex mutex_;
  std::map<uint64_t, Connection> connections_;           // Guarded by mutex_.
  uint64_t last_id_ = 0;                                 // Guarded by mutex_.
  size_t places_ = 0;                                    // Guarded by mutex_.
  absl::flat_hash_map<std::string, size_t> by_address_;  // Guarded by mutex_.
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_OPEN_CONNECTIONS_H_
