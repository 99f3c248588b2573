// Runs closures one after another on a thread of its own, in the order in which they came.
//
// Thread-safe. The destructor runs what is queued, then ends the thread. Whoever posts waits while
// the queue is full, so closures never post to the executor that runs them.
#ifndef CHASSIS_BASE_SERIAL_EXECUTOR_H_
#define CHASSIS_BASE_SERIAL_EXECUTOR_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace regulars {

class SerialExecutor {
 public:
  explicit SerialExecutor(size_t queue) : limit_(queue), thread_([this] { Run(); }) {}
  ~SerialExecutor();

  void Post(absl::AnyInvocable<void()> task);

 private:
  void Run();

  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable room_;
  std::vector<absl::AnyInvocable<void()>> tasks_;  // Guarded by mutex_.
  bool ending_ = false;                            // Guarded by mutex_.
  std::thread thread_;                             // Last: starts when the rest is there.
};

}  // namespace regulars

#endif  // CHASSIS_BASE_SERIAL_EXECUTOR_H_
