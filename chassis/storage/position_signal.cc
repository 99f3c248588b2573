#include "chassis/storage/position_signal.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace regulars {

int64_t PositionSignal::position() const {
  std::lock_guard lock(mutex_);
  return position_;
}

void PositionSignal::Set(int64_t position) {
  std::unique_lock lock(mutex_);
  // Answers are sent in order, but a reopened store may announce its head before an older answer.
  position_ = std::max(position_, position);
  CallDue(std::move(lock));
}

void PositionSignal::PutBack(int64_t position) {
  std::lock_guard lock(mutex_);
  position_ = position;
}

void PositionSignal::Close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  CallDue(std::move(lock));
}

void PositionSignal::Expire(absl::Time now) {
  std::vector<absl::AnyInvocable<void()>> due;
  {
    std::lock_guard lock(mutex_);
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      it = it->second.deadline <= now ? Take(it, due) : std::next(it);
    }
  }
  for (auto& woken : due) woken();
}

size_t PositionSignal::waiting() const {
  std::lock_guard lock(mutex_);
  return waiters_.size();
}

PositionSignal::Waiters::iterator PositionSignal::Take(
    Waiters::iterator waiter, std::vector<absl::AnyInvocable<void()>>& due) {
  due.push_back(std::move(waiter->second.woken));
  positions_.erase(waiter->first.second);
  return waiters_.erase(waiter);
}

void PositionSignal::CallDue(std::unique_lock<std::mutex> lock) {
  std::vector<absl::AnyInvocable<void()>> due;
  for (auto it = waiters_.begin();
       it != waiters_.end() && (closed_ || it->first.first < position_);) {
    it = Take(it, due);
  }
  lock.unlock();
  for (auto& woken : due) woken();
}

uint64_t PositionSignal::Wait(int64_t after, absl::Time deadline,
                              absl::AnyInvocable<void()> woken) {
  {
    std::lock_guard lock(mutex_);
    if (!closed_ && position_ <= after) {
      waiters_.emplace(std::pair(after, next_id_), Waiter{deadline, std::move(woken)});
      positions_.emplace(next_id_, after);
      return next_id_++;
    }
  }
  woken();
  return 0;
}

void PositionSignal::Forget(uint64_t id) {
  Waiters::node_type forgotten;  // Ends when the mutex is free again.
  std::lock_guard lock(mutex_);
  const auto position = positions_.find(id);
  if (position == positions_.end()) return;
  forgotten = waiters_.extract({position->second, id});
  positions_.erase(position);
}

}  // namespace regulars
