// How many messages may be on their way at once: marked as being sent, and what came of them not in
// the store yet. A process that is killed leaves no more than these behind in doubt.
//
//   std::shared_ptr<void> place = window.Enter();   // Waits; null when the process ends.
//   …                                               // Left when the last copy is gone.
//
// Thread-safe; outlives its places.
#ifndef CAMPAIGN_SVC_DELIVERY_WINDOW_H_
#define CAMPAIGN_SVC_DELIVERY_WINDOW_H_

#include <condition_variable>
#include <memory>
#include <mutex>

namespace regulars::campaign {

class Window {
 public:
  explicit Window(int places) : free_(places) {}

  std::shared_ptr<void> Enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || free_ > 0; });
    if (stopped_) return nullptr;
    --free_;
    return std::shared_ptr<void>(this, [](void* window) { static_cast<Window*>(window)->Leave(); });
  }

  // Lets everybody go who waits, now and later.
  void Stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  void Leave() {
    std::lock_guard lock(mutex_);
    ++free_;
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;              // Guarded by mutex_.
  bool stopped_ = false;  // Guarded by mutex_.
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_WINDOW_H_
