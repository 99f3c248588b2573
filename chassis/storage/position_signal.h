// The feed position that is committed, and those who wait for the next one.
//
// Thread-safe.
#ifndef CHASSIS_STORAGE_POSITION_SIGNAL_H_
#define CHASSIS_STORAGE_POSITION_SIGNAL_H_

#include <cstdint>
#include <map>
#include <mutex>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace regulars {

class PositionSignal {
 public:
  int64_t position() const;

  // Moves the position and calls those who waited for it, on the calling thread.
  void Set(int64_t position);

  // Moves the position back: what it counted has begun anew. Nobody is called.
  void PutBack(int64_t position);

  // Calls everyone that waits; later waiters are called at once. For shutdown.
  void Close();

  // Calls `woken` once: when position() > after, when `deadline` has passed (noticed within about a
  // second), or on Close(); at once, on this thread, if that is so already. The id is for Forget().
  uint64_t Wait(int64_t after, absl::Time deadline, absl::AnyInvocable<void()> woken);

  // Drops a waiter. It may be being called at this very moment: what `woken` refers to must be able
  // to tell that it is not wanted any more.
  void Forget(uint64_t id);

  // Calls those whose deadline has passed.
  void Expire(absl::Time now);

 private:
  struct Waiter {
    int64_t after;
    absl::Time deadline;
    absl::AnyInvocable<void()> woken;
  };

  void CallDue(std::unique_lock<std::mutex> lock, absl::Time now);

  mutable std::mutex mutex_;
  int64_t position_ = 0;  // Guarded by mutex_, as all below.
  bool closed_ = false;
  uint64_t next_id_ = 1;
  std::map<uint64_t, Waiter> waiters_;
};

}  // namespace regulars

#endif  // CHASSIS_STORAGE_POSITION_SIGNAL_H_
