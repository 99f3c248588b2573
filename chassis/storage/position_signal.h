// The feed position that is committed, and those who wait for the next one.
//
// Thread-safe.
#ifndef CHASSIS_STORAGE_POSITION_SIGNAL_H_
#define CHASSIS_STORAGE_POSITION_SIGNAL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

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

  // How many wait.
  size_t waiting() const;

 private:
  struct Waiter {
    absl::Time deadline;
    absl::AnyInvocable<void()> woken;
  };
  // By position waited for and id: a commit looks at those alone whose position has passed.
  using Waiters = std::map<std::pair<int64_t, uint64_t>, Waiter>;

  // Moves a waiter's call to `due` and drops the waiter; the one behind it. With mutex_ held.
  Waiters::iterator Take(Waiters::iterator waiter, std::vector<absl::AnyInvocable<void()>>& due);
  // Calls those whose position has passed, or everyone once closed.
  void CallDue(std::unique_lock<std::mutex> lock);

  mutable std::mutex mutex_;
  int64_t position_ = 0;  // Guarded by mutex_, as all below.
  bool closed_ = false;
  uint64_t next_id_ = 1;
  Waiters waiters_;
  std::map<uint64_t, int64_t> positions_;  // That the waiters wait for, by id.
};

}  // namespace regulars

#endif  // CHASSIS_STORAGE_POSITION_SIGNAL_H_
