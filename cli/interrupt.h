// Ctrl-C: the first one asks whatever runs to end (exit code 130), the second one ends the program.
#ifndef CLI_INTERRUPT_H_
#define CLI_INTERRUPT_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace regulars::cli {

// Call once, before other threads.
void CatchInterrupts();

bool Interrupted();

// CANCELLED (INTERRUPTED).
absl::Status InterruptedError();

// Waits, or returns InterruptedError() as soon as there is an interrupt.
absl::Status Sleep(absl::Duration time);

// What waits, or in tests only moves a clock.
using WaitFor = std::function<absl::Status(absl::Duration)>;

}  // namespace regulars::cli

#endif  // CLI_INTERRUPT_H_
