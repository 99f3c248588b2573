// What this process knows of the feeds that it follows, for those who ask: reads that wait until it
// has come far enough, metrics, the admin service. The follower itself writes it.
//
// Thread-safe.
#ifndef CHASSIS_RPC_FOLLOWED_FEEDS_H_
#define CHASSIS_RPC_FOLLOWED_FEEDS_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "chassis/storage/position_signal.h"

namespace regulars::rpc {

struct FollowedFeed {
  // How far the store's state holds the upstream's events; 0 while that is not known.
  PositionSignal followed;
  // The upstream's newest position, as it said last.
  std::atomic<int64_t> head{0};
  std::atomic<bool> connected{false};

  // Why following is held up; "" while all is well.
  std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }
  // Whether that is news.
  bool SetTrouble(const std::string& trouble) {
    const std::lock_guard lock(mutex_);
    return std::exchange(trouble_, trouble) != trouble;
  }

 private:
  mutable std::mutex mutex_;
  std::string trouble_;  // Guarded by mutex_.
};

class FollowedFeeds {
 public:
  // What is known of an upstream, made when it is asked for first; valid as long as this object.
  FollowedFeed& Of(const std::string& upstream) {
    const std::lock_guard lock(mutex_);
    return feeds_[upstream];
  }

  // Null for what is not followed.
  FollowedFeed* Find(absl::string_view upstream) {
    const std::lock_guard lock(mutex_);
    const auto found = feeds_.find(std::string(upstream));
    return found == feeds_.end() ? nullptr : &found->second;
  }

  // How many reads wait for one of the feeds; each has a Place.
  std::atomic<int>& waiting_reads() { return waiting_reads_; }

  // Each holds a call open: as many as the readers' queue may hold.
  static constexpr int kMaxWaitingReads = 1024;

 private:
  std::atomic<int> waiting_reads_{0};
  std::mutex mutex_;
  std::map<std::string, FollowedFeed> feeds_;  // Guarded by mutex_; a map: addresses stay.
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_FOLLOWED_FEEDS_H_
