// The gateway's parts, put together: access, which it answers itself, and the HTTP door before it
// and before the services that are configured.
#ifndef GATEWAY_GATEWAY_H_
#define GATEWAY_GATEWAY_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/server/process.h"
#include "chassis/tasks/runner.h"
#include "gateway/http/door.h"
#include "gateway/rpc/access.h"
#include "gateway/transcode/descriptors.h"

namespace regulars::gateway {

struct GatewayOptions {
  HttpOptions http;
};

void AddFlags(CLI::App& app, GatewayOptions& options);

class Gateway {
 public:
  // Starts access (on an empty store, makes the first administrator) and the runner's kinds.
  static absl::StatusOr<std::unique_ptr<Gateway>> Make(Process& process,
                                                       const GatewayOptions& options,
                                                       TaskRunner& runner);

  std::vector<grpc::Service*> services() const;

  // Opens the HTTP door, once the gRPC server runs. It closes when the result is destroyed.
  absl::StatusOr<std::shared_ptr<void>> Open(grpc::Server& server);

 private:
  Gateway(Process& process, GatewayOptions options)
      : process_(process), options_(std::move(options)) {}

  Process& process_;
  const GatewayOptions options_;
  std::unique_ptr<Descriptors> descriptors_;
  std::unique_ptr<Access> access_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<Door> door_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_GATEWAY_H_
