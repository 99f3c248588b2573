#include "chassis/base/thread_pool.h"

#include <utility>

#include "chassis/base/errors.h"

namespace regulars {

ThreadPool::ThreadPool(int threads, size_t queue) : limit_(queue) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status ThreadPool::Post(absl::AnyInvocable<void()> task) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() >= limit_) {
      return ResourceExhausted("QUEUE_FULL", "too many calls are waiting", absl::Milliseconds(100));
    }
    queue_.push_back(std::move(task));
  }
  ready_.notify_one();
  return absl::OkStatus();
}

void ThreadPool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [&] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

}  // namespace regulars
