#include "cli/interrupt.h"

#include <signal.h>
#include <time.h>

#include "chassis/base/errors.h"
#include "cli/http.h"

namespace regulars::cli {
namespace {

volatile sig_atomic_t interrupted = 0;

void OnInterrupt(int) { interrupted = 1; }

}  // namespace

void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;
  // Without SA_RESTART a prompt's read() ends too; with SA_RESETHAND a second Ctrl-C kills.
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool Interrupted() { return interrupted != 0; }

absl::Status InterruptedError() {
  return Error(absl::StatusCode::kCancelled, "interrupted", {.reason = kInterrupted});
}

absl::Status Sleep(absl::Duration time) {
  timespec left = absl::ToTimespec(time);
  while (!Interrupted()) {
    if (nanosleep(&left, &left) == 0) return absl::OkStatus();
  }
  return InterruptedError();
}

}  // namespace regulars::cli
