// The admin port: GET /metrics (Prometheus), /healthz (the process lives), /readyz (it can serve).
// Plain HTTP/1.1 for those who run the process; one request at a time, on a thread of its own.
#ifndef CHASSIS_SERVER_ADMIN_HTTP_H_
#define CHASSIS_SERVER_ADMIN_HTTP_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace regulars {

struct AdminPages {
  std::function<std::string()> metrics;
  // OK, or why the process cannot serve.
  std::function<absl::Status()> ready;
  // What should be looked at although it can, a line each. May be empty.
  std::function<std::vector<std::string>()> warnings = nullptr;
};

class AdminHttp {
 public:
  // `address` is "host:port"; port 0 takes any free one. FAILED_PRECONDITION when it is taken.
  static absl::StatusOr<std::unique_ptr<AdminHttp>> Start(const std::string& address,
                                                          AdminPages pages);
  ~AdminHttp();
  int port() const;

 private:
  struct Impl;
  explicit AdminHttp(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regulars

#endif  // CHASSIS_SERVER_ADMIN_HTTP_H_
