#include "chassis/server/runtime.h"

#include "absl/synchronization/mutex.h"

namespace regulars {

void TuneRuntime() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

}  // namespace regulars
