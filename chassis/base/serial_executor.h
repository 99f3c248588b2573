// Runs closures one after another on a thread of its own, in the order in which they came.
//
// Thread-safe. The destructor runs what is queued, then ends the thread. The queue has no limit of
// its own: those who post bound what they have under way.
#ifndef CHASSIS_BASE_SERIAL_EXECUTOR_H_
#define CHASSIS_BASE_SERIAL_EXECUTOR_H_

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace regulars {

class SerialExecutor {
 public:
  SerialExecutor() : thread_([this] { Run(); }) {}
  ~SerialExecutor();

  void Post(absl::AnyInvocable<void()> task);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<absl::AnyInvocable<void()>> tasks_;  // Guarded by mutex_.
  bool ending_ = false;                            // Guarded by mutex_.
  std::thread thread_;                             // Last: starts when the rest is there.
};

}  // namespace regulars

#endif  // CHASSIS_BASE_SERIAL_EXECUTOR_H_
