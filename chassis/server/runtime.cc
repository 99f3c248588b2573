#include "chassis/server/runtime.h"

#include <signal.h>
#include <unistd.h>

#include "absl/synchronization/mutex.h"

// Read by jemalloc as it starts: what a peak took goes back to the system within seconds, by a
// thread of jemalloc's own, since an idle process frees nothing that could set it off. Blocks as
// large as the pieces of uploads go back at once, or a fast upload leaves many of them.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf =
    "background_thread:true,narenas:4,dirty_decay_ms:500,muzzy_decay_ms:0,"
    "oversize_threshold:131072";
}

namespace regulars {
namespace {

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
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  return signal_number;
}

void RequestEnd() { kill(getpid(), SIGTERM); }

}  // namespace regulars
