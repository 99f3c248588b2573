// A server in a process of its own, as it would be in earnest: gRPC's threads of client and server
// must not be the same. Make all children before the first use of gRPC in this process.
#ifndef BENCH_CHILD_H_
#define BENCH_CHILD_H_

#include <sys/types.h>

#include <functional>
#include <string>

namespace regulars::bench {

class Child {
 public:
  // `serve` runs in the child: it starts a server, calls `ready(port)`, and returns when `stopped`
  // does.
  explicit Child(const std::function<void(const std::function<void(int port)>& ready,
                                          const std::function<void()>& stopped)>& serve);
  // Ends the child and waits for it.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int port_ = 0;
  int stop_fd_ = -1;
};

}  // namespace regulars::bench

#endif  // BENCH_CHILD_H_
