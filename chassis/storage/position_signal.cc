#include "chassis/storage/position_signal.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace regulars {

int64_t PositionSignal::position() const {
  std::lock_guard lock(mutex_);
  return position_;
}

void PositionSignal::Set(int64_t position) {
  std::unique_lock lock(mutex_);
  // Answers are sent in order, but a reopened store may announce its head before an older answer.
  position_ = std::max(position_, position);
  if (waiters_.empty()) return;
  std::vector<absl::AnyInvocable<void()>> due;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    if (closed_ || position_ > it->second.after) {
      due.push_back(std::move(it->second.woken));
      it = waiters_.erase(it);
    } else {
      ++it;
    }
  }
  if (due.empty()) return;
  calling_ = true;
  lock.unlock();
  for (auto& woken : due) woken();
  lock.lock();
  calling_ = false;
  idle_.notify_all();
}

void PositionSignal::Close() {
  int64_t position;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    position = position_;
  }
  Set(position);
}

uint64_t PositionSignal::Wait(int64_t after, absl::AnyInvocable<void()> woken) {
  {
    std::lock_guard lock(mutex_);
    if (!closed_ && position_ <= after) {
      waiters_.emplace(next_id_, Waiter{after, std::move(woken)});
      return next_id_++;
    }
  }
  woken();
  return 0;
}

void PositionSignal::Cancel(uint64_t id) {
  std::unique_lock lock(mutex_);
  if (waiters_.erase(id) > 0) return;
  idle_.wait(lock, [&] { return !calling_; });
}

}  // namespace regulars
