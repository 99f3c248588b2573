// One of our own programs as it is shipped, in a process of its own on free ports of this machine.
//
//   Binary service("customer-svc", {"--store=sqlite:" + folder + "/customer.db"});
//   …call service.address()…
//   service.PssMb();
#ifndef BENCH_BINARY_H_
#define BENCH_BINARY_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace regulars::bench {

// A TCP port of this machine that nobody uses at the moment.
int FreePort();

class Binary {
 public:
  // Starts `name` (which lies beside this program) with --listen on `port`, --admin-listen and
  // `arguments`, and waits until it is ready.
  Binary(const std::string& name, const std::vector<std::string>& arguments, int port = FreePort());
  // Ends it as an operator would, and waits.
  ~Binary();
  Binary(const Binary&) = delete;
  Binary& operator=(const Binary&) = delete;

  // host:port of its gRPC API.
  std::string address() const;
  // From its start until it said that it is ready.
  absl::Duration ready_after() const { return ready_after_; }
  // Memory that it alone accounts for (proportional set size), now; and the most that it had in
  // memory so far, shared pages included.
  double PssMb() const;
  double PeakRssMb() const;
  // The present value of one of its metrics, which it must have.
  double Metric(const std::string& name) const;

 private:
  pid_t pid_ = 0;
  int port_ = 0;
  int admin_port_ = 0;
  absl::Duration ready_after_;
};

// One HTTP/1.1 request on a connection of its own: `head` up to and with the empty line. The body
// of the answer, which must have a Content-Length and be a success.
std::string HttpCall(int port, const std::string& head, const std::string& body);

// A keypair of the benchmark's own: services believe it, so no user needs to sign in.
class TokenMint {
 public:
  // Writes the public key to `folder`.
  explicit TokenMint(const std::string& folder);
  const std::string& key_file() const { return key_file_; }
  // "Bearer …", good for an hour, with every scope.
  const std::string& header() const { return header_; }

 private:
  std::string key_file_;
  std::string header_;
};

}  // namespace regulars::bench

#endif  // BENCH_BINARY_H_
