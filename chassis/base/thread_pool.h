// Threads for work that waits on others (calls to other services), behind a bounded queue.
//
// Thread-safe. The destructor runs what is queued, then ends the threads.
#ifndef CHASSIS_BASE_THREAD_POOL_H_
#define CHASSIS_BASE_THREAD_POOL_H_

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace regulars {

class ThreadPool {
 public:
  ThreadPool(int threads, size_t queue);
  ~ThreadPool();

  // RESOURCE_EXHAUSTED when the queue is full; `task` then never runs.
  absl::Status Post(absl::AnyInvocable<void()> task);

 private:
  void Work();

  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<absl::AnyInvocable<void()>> queue_;  // Guarded by mutex_.
  bool ending_ = false;                           // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace regulars

#endif  // CHASSIS_BASE_THREAD_POOL_H_
