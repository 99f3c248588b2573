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
  CallDue(std::move(lock), absl::InfinitePast());
}

void PositionSignal::PutBack(int64_t position) {
  std::lock_guard lock(mutex_);
  position_ = position;
}

void PositionSignal::Close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  CallDue(std::move(lock), absl::InfinitePast());
}

void PositionSignal::Expire(absl::Time now) { CallDue(std::unique_lock(mutex_), now); }

void PositionSignal::CallDue(std::unique_lock<std::mutex> lock, absl::Time now) {
  std::vector<absl::AnyInvocable<void()>> due;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    Waiter& waiter = it->second;
    if (closed_ || position_ > waiter.after || waiter.deadline <= now) {
      due.push_back(std::move(waiter.woken));
      it = waiters_.erase(it);
    } else {
      ++it;
    }
  }
  lock.unlock();
  for (auto& woken : due) woken();
}

uint64_t PositionSignal::Wait(int64_t after, absl::Time deadline,
                              absl::AnyInvocable<void()> woken) {
  {
    std::lock_guard lock(mutex_);
    if (!closed_ && position_ <= after) {
      waiters_.emplace(next_id_, Waiter{after, deadline, std::move(woken)});
      return next_id_++;
    }
  }
  woken();
  return 0;
}

void PositionSignal::Forget(uint64_t id) {
  std::lock_guard lock(mutex_);
  waiters_.erase(id);
}

}  // namespace regulars
