#include "bench/child.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chassis/base/check.h"

namespace regulars::bench {

Child::Child(const std::function<void(const std::function<void(int)>&,
                                      const std::function<void()>&)>& serve) {
  int port_pipe[2];
  int stop_pipe[2];
  CHECK(pipe(port_pipe) == 0 && pipe(stop_pipe) == 0);  // Two pipes are always to be had here.
  pid_ = fork();
  CHECK(pid_ >= 0);
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // It must not outlive a benchmark that is broken off.
    close(port_pipe[0]);
    close(stop_pipe[1]);
    serve([&](int port) { CHECK(write(port_pipe[1], &port, sizeof port) == sizeof port); },
          [&] {
            char unused;
            while (read(stop_pipe[0], &unused, 1) > 0) {
            }
          });
    _exit(0);
  }
  close(port_pipe[1]);
  close(stop_pipe[0]);
  stop_fd_ = stop_pipe[1];
  CHECK(read(port_pipe[0], &port_, sizeof port_) == sizeof port_);
  close(port_pipe[0]);
}

Child::~Child() {
  close(stop_fd_);
  waitpid(pid_, nullptr, 0);
}

}  // namespace regulars::bench
