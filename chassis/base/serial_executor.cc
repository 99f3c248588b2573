#include "chassis/base/serial_executor.h"

#include <utility>

namespace regulars {

SerialExecutor::~SerialExecutor() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ready_.notify_one();
  thread_.join();
}

void SerialExecutor::Post(absl::AnyInvocable<void()> task) {
  bool was_empty;
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return tasks_.size() < limit_; });
    was_empty = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (was_empty) ready_.notify_one();
}

void SerialExecutor::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [&] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    std::vector<absl::AnyInvocable<void()>> batch;
    batch.swap(tasks_);
    lock.unlock();
    if (batch.size() >= limit_) room_.notify_all();
    for (auto& task : batch) task();
    batch.clear();
    lock.lock();
  }
}

}  // namespace regulars
