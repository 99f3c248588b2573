// The feed position that is committed, and those who wait for the next one.
//
// Thread-safe.
#ifndef CHASSIS_STORAGE_POSITION_SIGNAL_H_
#define CHASSIS_STORAGE_POSITION_SIGNAL_H_

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>

#include "absl/functional/any_invocable.h"

namespace regulars {

class PositionSignal {
 public:
  int64_t position() const;

  // Moves the position and calls those who waited for it, on the calling thread.
  void Set(int64_t position);

  // Calls everyone that waits; later waiters are called at once. For shutdown.
  void Close();

  // Calls `woken` once when position() > after, or on Close(): at once, on this thread, if that is
  // so already. The returned id is for Cancel().
  uint64_t Wait(int64_t after, absl::AnyInvocable<void()> woken);

  // After this returns, `woken` has been called or never will be.
  void Cancel(uint64_t id);

 private:
  struct Waiter {
    int64_t after;
    absl::AnyInvocable<void()> woken;
  };

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  int64_t position_ = 0;  // Guarded by mutex_, as all below.
  bool closed_ = false;
  bool calling_ = false;  // Set() or Close() is calling waiters.
  uint64_t next_id_ = 1;
  std::map<uint64_t, Waiter> waiters_;
};

}  // namespace regulars

#endif  // CHASSIS_STORAGE_POSITION_SIGNAL_H_
