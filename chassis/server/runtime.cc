#include "chassis/server/runtime.h"

#include <signal.h>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "chassis/base/free_memory.h"

namespace regulars {
namespace {

constexpr absl::Duration kGiveBackInterval = absl::Seconds(5);

sigset_t EndSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void TuneRuntime() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

void BlockEndSignals() {
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int WaitForEnd() {
  const sigset_t signals = EndSignals();
  const timespec interval = absl::ToTimespec(kGiveBackInterval);
  FreeMemory memory;
  while (true) {
    const int signal_number = sigtimedwait(&signals, nullptr, &interval);
    if (signal_number > 0) return signal_number;
    memory.GiveBack();
  }
}

}  // namespace regulars
